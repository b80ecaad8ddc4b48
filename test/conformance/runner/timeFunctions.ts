import { floorTime, timesUntil } from 'rx-dstream';

// biome-ignore lint/suspicious/noExplicitAny: arguments of vectors have no type
type Arguments = any;

/** What Spark's `Time` can do and times here, which are plain numbers, can do by a function. */
export const timeFunctions: Readonly<Record<string, (args: Arguments) => unknown>> = {
  timeFloor: ({ ms, intervalMs, zeroMs = 0 }) => zeroMs + floorTime(ms - zeroMs, intervalMs),
  timeUntil: ({ fromMs, toMs, stepMs }) => timesUntil(fromMs, toMs, stepMs),
  /** Times are whole milliseconds: up to one is until the next. */
  timeTo: ({ fromMs, toMs, stepMs }) => timesUntil(fromMs, toMs + 1, stepMs),
  isMultipleOf: ({ ms, ofMs }) => floorTime(ms, ofMs) === ms,
};
