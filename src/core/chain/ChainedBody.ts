import type { BatchBody, Visit } from '../batch/Batch.ts';
import type { Scope } from '../batch/Scope.ts';
import { operatorError } from '../operatorError.ts';
import { Chain } from './Chain.ts';
import type { StepFailed } from './ChainCode.ts';
import type { NarrowStep } from './NarrowStep.ts';

/** More steps than this are run as several chains, one inside the other. */
const LONGEST = 32;

/** The records of a source pushed through a chain of narrow steps in one pass. */
export class ChainedBody<T> implements BatchBody<T> {
  readonly tellsFailures: boolean;
  readonly #source: BatchBody<unknown>;
  readonly #chain: Chain;
  readonly #scope: Scope;

  private constructor(source: BatchBody<unknown>, chain: Chain, scope: Scope) {
    this.tellsFailures = source.tellsFailures ?? false;
    this.#source = source;
    this.#chain = chain;
    this.#scope = scope;
  }

  /** `body` with one step more. */
  static after<T>(body: BatchBody<unknown>, step: NarrowStep, scope: Scope): ChainedBody<T> {
    if (!(body instanceof ChainedBody) || body.#chain.steps.length === LONGEST) {
      return new ChainedBody<T>(body, Chain.empty.with(step), scope);
    }
    return new ChainedBody<T>(body.#source, body.#chain.with(step), scope);
  }

  run(visit: Visit<T>): unknown {
    const code = this.#chain.code();
    const { array } = this.#source;
    if (array !== undefined) return code.overArray(array, visit as Visit<unknown>, this.#failed);
    return this.#source.run(code.visitor(visit as Visit<unknown>, this.#failed));
  }

  readonly #failed: StepFailed = (error, step, position) => {
    const operator = this.#chain.steps[step]?.operator ?? '';
    return this.#scope.failEvaluation(operatorError(operator, error, this.#scope, position));
  };
}
