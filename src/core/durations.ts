import { positiveNumber } from './arguments.ts';

/** Milliseconds, the unit of every duration of this package. */
export type Milliseconds = number;

/** `n` milliseconds. */
export function milliseconds(n: number): Milliseconds {
  return positiveNumber('milliseconds', n);
}

/** `n` seconds, in milliseconds. */
export function seconds(n: number): Milliseconds {
  return positiveNumber('seconds', n) * 1000;
}

/** `n` minutes, in milliseconds. */
export function minutes(n: number): Milliseconds {
  return positiveNumber('minutes', n) * 60_000;
}

/** `n` hours, in milliseconds. */
export function hours(n: number): Milliseconds {
  return positiveNumber('hours', n) * 3_600_000;
}

/** `n` days of 24 hours, in milliseconds. */
export function days(n: number): Milliseconds {
  return positiveNumber('days', n) * 86_400_000;
}
