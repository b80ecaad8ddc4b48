/** How fast a rate source goes: whole records per second, reached after a ramp of whole seconds. */
export interface Ramp {
  readonly perSecond: number;
  readonly rampSeconds: number;
}

/**
 * The first value of a second counted from the start. During the ramp the speed grows by the same whole number each
 * second: 1, 2, 3 ... times `perSecond / (rampSeconds + 1)` rounded down.
 */
export function valueAtSecond(second: number, { perSecond, rampSeconds }: Ramp): number {
  const growth = Math.floor(perSecond / (rampSeconds + 1));
  const ramped = Math.min(second, rampSeconds);
  return ((ramped * (ramped + 1)) / 2) * growth + (second - ramped) * perSecond;
}

/** The second in which a value comes. */
export function secondOfValue(value: number, ramp: Ramp): number {
  const afterRamp = valueAtSecond(ramp.rampSeconds, ramp);
  if (value >= afterRamp) return ramp.rampSeconds + Math.floor((value - afterRamp) / ramp.perSecond);
  let low = 0;
  let high = ramp.rampSeconds;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (valueAtSecond(middle, ramp) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** When a value comes, in milliseconds from the start: the values of a second are spread evenly over it. */
export function timeOfValue(value: number, ramp: Ramp): number {
  const second = secondOfValue(value, ramp);
  const first = valueAtSecond(second, ramp);
  return second * 1000 + Math.round(((value - first) * 1000) / (valueAtSecond(second + 1, ramp) - first));
}

/**
 * How many values have come `ms` milliseconds after the start: those with an earlier time, and all those of the seconds
 * that are over.
 */
export function valuesBefore(ms: number, ramp: Ramp): number {
  if (ms <= 0) return 0;
  const second = Math.floor(ms / 1000);
  const first = valueAtSecond(second, ramp);
  const next = valueAtSecond(second + 1, ramp);
  let count = first + Math.ceil(((ms - second * 1000 - 1) * (next - first)) / 1000);
  count = Math.min(Math.max(count, first), next);
  while (count < next && timeOfValue(count, ramp) < ms) count++;
  while (count > first && timeOfValue(count - 1, ramp) >= ms) count--;
  return count;
}
