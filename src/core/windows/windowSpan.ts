import { wholeNumber } from '../arguments.ts';
import type { Milliseconds } from '../durations.ts';
import { StreamError } from '../errors.ts';
import type { KnownOptions } from '../knownOptions.ts';
import { type StateOptions, type StateShape, stateShape } from '../state/StateOptions.ts';

/** How long a window is and how often it is given; shared by all window operators. */
export interface WindowOptions {
  /** Milliseconds of stream that one window holds: the batches with times in `(time - window, time]`. */
  readonly window: Milliseconds;
  /** Milliseconds between two windows; they fire when the batch time is a multiple of it. Default: at each batch. */
  readonly slide?: Milliseconds;
  /** The name the window's batches have in a checkpoint. Needed under a durable one. */
  readonly name?: string;
}

export const WINDOW_OPTIONS: KnownOptions<WindowOptions> = { window: true, slide: true, name: true };

/** A checked window: its length, and when it fires. */
export interface WindowSpan {
  readonly operator: string;
  /** The name the user chose for the state. */
  readonly name: string | undefined;
  /** What the values it keeps are like. */
  readonly shape: StateShape;
  readonly window: Milliseconds;
  readonly slide: Milliseconds | undefined;
  /** Whether window and slide are multiples of the input's slide; throws if not. */
  check(inputSlide: Milliseconds): void;
  /** Whether a window is given at this time. */
  firesAt(time: number, inputSlide: Milliseconds): boolean;
  /** Whether a batch of this time will be in any window: with a slide longer than the window some are in none. */
  holds(time: number, inputSlide: Milliseconds): boolean;
}

/** Checks the options of a window operator where they are written. */
export function windowSpan(operator: string, options: WindowOptions & StateOptions<unknown>): WindowSpan {
  const window = wholeNumber(`${operator}({ window })`, options.window, 1);
  const slide = options.slide === undefined ? undefined : wholeNumber(`${operator}({ slide })`, options.slide, 1);
  return {
    operator,
    name: options.name,
    shape: stateShape(operator, options),
    window,
    slide,
    check(inputSlide) {
      if (inputSlide === 0) {
        throw new StreamError(
          'INVALID_ARGUMENT',
          `${operator}: expected batches of an interval, got a drain trigger, which has none. Use an interval.`,
        );
      }
      checkMultiple(operator, 'window', window, inputSlide);
      if (slide !== undefined) checkMultiple(operator, 'slide', slide, inputSlide);
    },
    firesAt: (time, inputSlide) => time % (slide ?? inputSlide) === 0,
    holds(time, inputSlide) {
      const every = slide ?? inputSlide;
      return Math.ceil(time / every) * every - window < time;
    },
  };
}

function checkMultiple(operator: string, what: 'window' | 'slide', value: number, inputSlide: number): void {
  if (value % inputSlide === 0) return;
  throw new StreamError(
    'INVALID_ARGUMENT',
    `${operator}: the ${what} duration (${value} ms) must be a multiple of the slide duration of its input (${inputSlide} ms). ` +
      `Use ${Math.max(inputSlide, Math.round(value / inputSlide) * inputSlide)} ms, or another batch interval.`,
  );
}
