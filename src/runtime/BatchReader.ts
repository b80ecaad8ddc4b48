import type { PlannedBatch } from '../checkpoint/CheckpointStore.ts';
import { type BatchBody, iterableBody } from '../core/batch/Batch.ts';
import { isStreamError } from '../core/errors.ts';
import type { Cut, RecordRun } from '../sources/Source.ts';
import { sourceFailed } from './failures.ts';
import type { Root } from './Root.ts';
import type { Run } from './Run.ts';

/** A read that failed and may pass is repeated after this many milliseconds, doubling up to the second figure. */
const RETRY_FIRST = 100;
const RETRY_LONGEST = 10_000;

/** One source's part of a batch that is being processed. */
export interface Input {
  readonly root: Root;
  readonly cut: Cut;
}

/** An input with its records. */
export interface ReadInput extends Input {
  readonly body: BatchBody<unknown>;
}

interface Reading {
  readonly inputs: readonly Input[];
  readonly bodies: Map<Root, BatchBody<unknown>>;
  readonly then: (inputs: readonly ReadInput[]) => void;
}

/**
 * Reads the cuts of one planned batch, all sources at the same time. A source whose subscriber has left meanwhile is left out:
 * its cut was not processed by anybody.
 */
export class BatchReader {
  readonly #run: Run;
  #reading: Reading | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  get busy(): boolean {
    return this.#reading !== undefined;
  }

  read({ cuts }: PlannedBatch, then: (inputs: readonly ReadInput[]) => void): void {
    const inputs = cuts.flatMap(({ source, cut }): readonly Input[] => {
      const root = this.#run.roots.find((candidate) => candidate.source.name === source && !candidate.gone);
      return root === undefined ? [] : [{ root, cut }];
    });
    const reading: Reading = { inputs, bodies: new Map(), then };
    this.#reading = reading;
    for (const input of inputs) this.#readOne(reading, input, 1);
    if (inputs.length === 0) this.advance();
  }

  /** Goes on if everything is there that anybody still wants. */
  advance(): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    const { inputs, bodies, then } = reading;
    const wanted = inputs.filter(({ root }) => !root.gone);
    if (!wanted.every(({ root }) => bodies.has(root))) return;
    this.#reading = undefined;
    then(wanted.map((input) => ({ ...input, body: bodies.get(input.root) as BatchBody<unknown> })));
  }

  #readOne(reading: Reading, { root, cut }: Input, attempt: number): void {
    const { source } = root;
    if (root.gone || this.#reading !== reading) return;
    this.#run.ask(
      () => source.read(cut),
      (records: Iterable<unknown> | RecordRun<unknown>) => {
        reading.bodies.set(root, iterableBody(records));
        if (this.#reading === reading) this.advance();
      },
      (error) => {
        if (root.gone) return;
        if (!isStreamError(error) || !error.retriable) return sourceFailed(source.name, 'read')(error);
        this.#run.report(
          'READ_RETRIED',
          source.name,
          `Source '${source.name}': read ${attempt} failed, tried again: ${error.message}`,
          { cause: error },
        );
        const delay = Math.min(RETRY_FIRST * 2 ** (attempt - 1), RETRY_LONGEST);
        this.#run.wait(delay, () => this.#readOne(reading, { root, cut }, attempt + 1));
      },
    );
  }
}
