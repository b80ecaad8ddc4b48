import { batchInterval, foreachBatch, mapRecords, queue, StreamError, StreamingContext } from 'rx-dstream';
import { manualClock } from 'rx-dstream/testing';
import { type Case, NotRun, type Step } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { pipelineOf } from './pipeline.ts';
import { type Action, type Actions, actionsCase, type Facts } from './scenario.ts';
import type { Stream } from './steps.ts';

/** Batches after which a context that is waited for does not seem to end. */
const LONG = 100;

/** What there is no counterpart of, and where that is decided. */
const LACKING: Readonly<Record<string, string>> = {
  getOrCreate: DIFFERENCES.lifeOfAContext,
  getActive: DIFFERENCES.lifeOfAContext,
  getActiveOrCreate: DIFFERENCES.lifeOfAContext,
  newContextFromCheckpoint: DIFFERENCES.lifeOfAContext,
};

/** A scenario of the life of a context: one with `start: 'manual'`, on a clock that moves only when somebody waits. */
export function contextScenario(given: Case): RunCase {
  const actions = given.input as readonly Action[];
  for (const { call } of actions) {
    const reason = Object.hasOwn(LACKING, call) ? LACKING[call] : undefined;
    if (reason !== undefined) throw new NotRun(reason);
  }
  if (given.params.outputs !== undefined) throw new NotRun(DIFFERENCES.failureEndsTheRun);
  if (startsWithoutOutput(actions)) throw new NotRun(DIFFERENCES.lifeOfAContext);
  return actionsCase(given, () => new ContextActions(given.batchDurationMs as number).actions);
}

/** Spark's context is over then; here it can be given an output and started after all. */
function startsWithoutOutput(actions: readonly Action[]): boolean {
  const built = actions.find(({ call }) => call.startsWith('build'));
  const hasNone = built?.call === 'buildWithoutOutput' || (built?.call === 'build' && built.output !== true);
  return hasNone && actions.some(({ call }) => call === 'start');
}

class ContextActions {
  readonly #clock = manualClock();
  readonly #context: StreamingContext;
  readonly #intervalMs: number;
  #inputs = 0;
  #ended: { readonly error?: unknown } | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#context = new StreamingContext({
      interval: intervalMs,
      scheduler: this.#clock,
      start: 'manual',
      onWarning: () => {},
    });
  }

  readonly actions: Actions = {
    buildWithOutput: () => this.#facts(() => this.#build([])),
    buildWithoutOutput: () => this.#facts(() => void this.#input()),
    build: ({ pipeline }) => this.#facts(() => this.#build((pipeline ?? []) as readonly Step[])),
    start: () => this.#facts(() => this.#context.start()),
    stop: ({ gracefully, graceful = gracefully }) => this.#facts(() => this.#stop(graceful === true)),
    addInput: () => this.#facts(() => this.#subscribed(this.#input())),
    addTransformation: () => this.#facts(() => this.#subscribed(this.#input().pipe(mapRecords((one) => one)))),
    addOutput: () => this.#facts(() => this.#subscribed(this.#input().pipe(foreachBatch(() => {})))),
    runOneBatch: () => this.#facts(() => this.#clock.advanceBy(this.#intervalMs)),
    stopFromElsewhereAfter: ({ ms }) =>
      this.#facts(() => void this.#clock.schedule(() => void this.#context.stop(), ms as number)),
    awaitTermination: () => this.#facts(() => this.#awaitEnd()),
    awaitTerminationOrTimeout: ({ ms }) => this.#facts(() => this.#awaitWithin(ms as number)),
  };

  #input(): Stream {
    return queue([[1]], { completes: false, name: `queue ${this.#inputs++}` }).pipe(batchInterval(this.#context));
  }

  #build(steps: readonly Step[]): void {
    const pipeline = pipelineOf(steps);
    const chain = pipeline(this.#input(), { source: () => this.#input(), folder: '' });
    this.#context.awaitTermination().then(
      () => (this.#ended = {}),
      (error: unknown) => (this.#ended = { error }),
    );
    chain.pipe(foreachBatch((batch) => void batch.records.length)).subscribe({ error: () => {} });
  }

  /** Adds a stream, which is what a subscription does, and throws what it errors with. */
  #subscribed(stream: Stream): void {
    let failure: { readonly error: unknown } | undefined;
    stream.subscribe({ error: (error: unknown) => (failure = { error }) });
    this.#clock.advanceBy(0);
    if (failure !== undefined) throw failure.error;
  }

  /** A graceful stop takes what has come until the next tick. */
  #stop(graceful: boolean): Promise<void> {
    const stopped = this.#context.stop({ graceful });
    if (graceful) this.#clock.advanceBy(this.#intervalMs);
    return stopped;
  }

  async #awaitEnd(): Promise<void> {
    const hasEnded = await this.#awaitWithin(LONG * this.#intervalMs);
    if (!hasEnded) throw new Error(`the context was still running after ${LONG} batches`);
  }

  /** Whether it has ended within so many milliseconds; throws what it ended with. */
  async #awaitWithin(ms: number): Promise<boolean> {
    this.#clock.advanceBy(ms);
    await turn();
    if (this.#ended !== undefined && 'error' in this.#ended) throw this.#ended.error;
    return this.#ended !== undefined;
  }

  async #facts(act: () => unknown): Promise<Facts> {
    try {
      const answer = act();
      this.#clock.advanceBy(0);
      const returns = await answer;
      return { returns, state: this.#context.state };
    } catch (error) {
      return { error: { error, type: typeOf(error) }, state: this.#context.state };
    }
  }
}

/** The name the JVM has for it. */
function typeOf(error: unknown): string | undefined {
  const code = error instanceof StreamError ? error.code : undefined;
  return code === 'CONTEXT_STARTED' || code === 'CONTEXT_STOPPED' ? 'IllegalStateException' : undefined;
}

/** Lets promises that are settled tell it. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
