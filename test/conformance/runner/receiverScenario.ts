import { join } from 'node:path';
import { deserialize } from 'node:v8';
import { type Cut, SOURCE, type Source } from 'rx-dstream';
import { type BlockLog, type Receiving, receiver } from 'rx-dstream/receiver';
import { manualClock } from 'rx-dstream/testing';
import { promised } from '../../../src/core/Answer.ts';
import { writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import { BlockGenerator } from '../../../src/sources/receiver/custom/BlockGenerator.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { taken } from '../../support/taken.ts';
import { type Case, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { inFolder } from './savedFiles.ts';
import { type Action, type Actions, actionsCase, type Facts } from './scenario.ts';

/** What Spark can do with received blocks and we cannot, or the other way round. */
const LACKING: readonly string[] = ['new', 'cleanupOldBatches', 'blockIdsValid', 'oldestLogFileDeleted'];

/** A scenario about what receivers have taken in, or `undefined` if it is about something else. */
export function receiverScenario(given: Case): RunCase | undefined {
  const calls = (given.input as readonly Action[]).map(({ call }) => call);
  switch (given.operation) {
    case 'receivedBlockTracker':
      if (calls.some((call) => LACKING.includes(call))) throw new NotRun(DIFFERENCES.recordsAreNumbered);
      return trackerCase(given);
    case 'receiverInput.blocks':
      throw new NotRun(DIFFERENCES.recordsAreNumbered);
    case 'blockGenerator':
      if (calls.includes('start', calls.indexOf('stop'))) throw new NotRun(DIFFERENCES.blocksOfSingleRecords);
      return actionsCase(given, () => generatorActions(given.params.blockIntervalMs as number));
    case 'inputStream.ids':
    case 'inputInfoTracker':
      throw new NotRun(DIFFERENCES.inputsHaveNames);
    default:
      return undefined;
  }
}

/** Single records, and the blocks that are made of them. What Spark tells a callback when data is added is known to whoever adds it. */
function generatorActions(blockIntervalMs: number): Actions {
  const clock = manualClock();
  const pushed: unknown[] = [];
  const addedMetadata: unknown[] = [];
  let blocks = 0;
  let generator: BlockGenerator<unknown> | undefined;
  const facts = (): Facts => ({
    active: generator !== undefined,
    stopped: false,
    callbacks: blocks + addedMetadata.length,
    onAddDataCalled: addedMetadata.length > 0,
    onGenerateBlockCalled: blocks > 0,
    onPushBlockCalled: pushed.length > 0,
    pushed: [...pushed],
    addedMetadata: [...addedMetadata],
  });
  const add = (values: unknown): void => {
    for (const value of values as readonly unknown[]) void generator?.add(value);
  };
  return {
    new: facts,
    start() {
      generator = new BlockGenerator({
        name: 'generator',
        blockIntervalMs,
        scheduler: clock,
        store: (records) => {
          blocks++;
          pushed.push(...records);
          return Promise.resolve();
        },
      });
      return facts();
    },
    addData({ values }) {
      add(values);
      return facts();
    },
    addDataWithCallback({ values }) {
      add(values);
      addedMetadata.push(...(values as readonly unknown[]).map(String));
      return facts();
    },
    addMultipleDataWithCallback({ values, metadata }) {
      add(values);
      addedMetadata.push(metadata);
      return facts();
    },
    advance({ ms }) {
      clock.advanceBy(ms as number);
      return facts();
    },
  };
}

function trackerCase(given: Case): RunCase {
  actionsCase(given, () => new Tracker(given, '').actions);
  return () =>
    inFolder(async (home) => {
      const trackers: Tracker[] = [];
      const begin = (): Actions => {
        const tracker = new Tracker(given, home);
        trackers.push(tracker);
        return tracker.actions;
      };
      try {
        return await actionsCase(given, begin)();
      } finally {
        for (const tracker of trackers) await tracker.close();
      }
    });
}

interface Past {
  readonly event: string;
  readonly ids?: readonly string[];
  readonly timeMs?: number;
  readonly blocks?: Readonly<Record<string, readonly string[]>>;
}

/** A receiver's source as the runtime drives it; its checkpoint is what was cut. */
class Tracker {
  readonly #given: Case;
  readonly #home: string;
  readonly #cuts = new Map<number, Cut>();
  #next = 0;
  #log!: BlockLog;
  #source: Source<string> | undefined;
  #receiving!: Receiving<string>;

  constructor(given: Case, home: string) {
    this.#given = given;
    this.#home = home;
  }

  readonly actions: Actions = {
    unallocated: async () => ({ returns: await this.#unallocated() }),
    addBlocks: async ({ ids }) => {
      await this.#add(ids as readonly string[]);
      return {};
    },
    allocate: async ({ timeMs }) => {
      await this.#allocate(timeMs as number);
      return {};
    },
    blocksOfBatch: async ({ timeMs }) => {
      const source = await this.#opened();
      return { returns: taken(await promised(() => source.read(this.#cuts.get(timeMs as number) as Cut))) };
    },
    recover: async () => {
      for (const past of this.#given.params.logBeforeRecovery as readonly Past[]) {
        if (past.event === 'blockAddition') await this.#add(past.ids as readonly string[]);
        else await this.#allocate(past.timeMs as number, Object.values(past.blocks ?? {}).flat().length);
      }
      await this.close();
      return {};
    },
  };

  async close(): Promise<void> {
    await promised(() => this.#source?.close());
    this.#source = undefined;
  }

  async #opened(): Promise<Source<string>> {
    if (this.#source !== undefined) return this.#source;
    const folder = join(this.#home, 'log');
    const isDurable = this.#given.params.checkpointDir === true;
    const make = (): BlockLog => {
      this.#log = isDurable ? writeAheadLog({ folder }) : memoryLog({ name: 'tracker', maxBytes: 1e6 });
      return this.#log;
    };
    const receive = (receiving: Receiving<string>) => {
      this.#receiving = receiving;
      return () => {};
    };
    const source = receiver<string>({ name: 'tracker', log: make, receive })[SOURCE]();
    const opening = {
      position: [...this.#cuts.values()].at(-1)?.position,
      scheduler: manualClock(),
      signal: new AbortController().signal,
      wake: () => {},
      report: () => {},
    };
    await promised(() => source.open(opening));
    this.#source = source;
    return source;
  }

  /** Each of them is a block of one record. */
  async #add(ids: readonly string[]): Promise<void> {
    await this.#opened();
    for (const id of ids) await this.#receiving.store([id]);
  }

  async #allocate(timeMs: number, maxRecords: number = Number.POSITIVE_INFINITY): Promise<void> {
    const source = await this.#opened();
    const { cut } = await promised(() => source.cut(timeMs, { maxRecords, intervalMs: 1 }));
    this.#cuts.set(timeMs, JSON.parse(JSON.stringify(cut)) as Cut);
    this.#next = (cut.position as { next: number }).next;
  }

  async #unallocated(): Promise<readonly string[]> {
    await this.#opened();
    const all = { maxRecords: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };
    const until = this.#log.take(this.#next, all);
    if (until === this.#next) return [];
    const blocks = await promised(() => this.#log.read(this.#next, until));
    return blocks.flatMap(({ bytes }) => deserialize(bytes) as string[]);
  }
}
