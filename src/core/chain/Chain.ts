import type { ChainCode } from './ChainCode.ts';
import { generatedChain } from './generatedChain.ts';
import { interpretedChain } from './interpretedChain.ts';
import type { NarrowStep } from './NarrowStep.ts';

/** A chain made for one batch is read a few times, one of a stream again and again; only that pays for code of its own. */
const READINGS_BEFORE_CODE = 3;

/**
 * Narrow steps, one after another. The same steps are the same chain, for all batches of a stream, so that what was made for it
 * is made once.
 */
export class Chain {
  static readonly empty: Chain = new Chain([]);

  readonly steps: readonly NarrowStep[];
  readonly #longer = new WeakMap<NarrowStep, Chain>();
  readonly #shared: ChainCode;
  #own: ChainCode | undefined;
  #readings = 0;

  private constructor(steps: readonly NarrowStep[]) {
    this.steps = steps;
    this.#shared = interpretedChain(steps);
  }

  /** This chain and one step more. */
  with(step: NarrowStep): Chain {
    const known = this.#longer.get(step);
    if (known !== undefined) return known;
    const longer = new Chain([...this.steps, step]);
    this.#longer.set(step, longer);
    return longer;
  }

  /** What runs the chain at the next reading. */
  code(): ChainCode {
    if (this.#own !== undefined) return this.#own;
    if (this.#readings++ < READINGS_BEFORE_CODE) return this.#shared;
    this.#own = generatedChain(this.steps) ?? this.#shared;
    return this.#own;
  }
}
