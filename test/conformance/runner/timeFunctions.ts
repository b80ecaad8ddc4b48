import { floorTime, timesUntil } from 'rx-dstream';

// biome-ignore lint/suspicious/noExplicitAny: arguments of vectors have no type
type Arguments = any;

/** What Spark's `Time` can do and times here, which are plain numbers, can do by a function. */
export const timeFunctions: Readonly<Record<string, (args: Arguments) => unknown>> = {
  timeFloor: ({ ms, intervalMs }) => floorTime(ms, intervalMs),
  timeUntil: ({ fromMs, toMs, stepMs }) => timesUntil(fromMs, toMs, stepMs),
};
