import { concat, defer, EMPTY, ignoreElements, mergeMap, of, tap } from 'rxjs';
import type { CheckpointContents, CheckpointStore, Settlement } from '../../../src/checkpoint/CheckpointStore.ts';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import { seen } from '../../../src/core/batch/output.ts';
import { type Hold, Scope } from '../../../src/core/batch/Scope.ts';
import { States } from '../../../src/runtime/States.ts';
import { SOURCE, type Source, type SourceObservable } from '../../../src/sources/Source.ts';
import { checkpointIn, type LogRecord, logSource, type storeIn } from './parts.ts';
import { type Parts, write } from './pipeline.ts';
import type { World } from './World.ts';

/** One rule switched off: the parts that break it, or a change of the runtime for the time of the search. */
export interface BrokenRule {
  readonly rule: string;
  readonly parts?: Partial<Parts>;
  readonly breakRuntime?: () => () => void;
  /** Whether the rule shows only when the clock was set back between two lives. */
  readonly needsClockSetBack?: boolean;
}

const NO_HOLD: Hold = { release: () => undefined, leave: () => undefined };

export const brokenRules: readonly BrokenRule[] = [
  {
    rule: 'a batch is planned before it runs',
    parts: { checkpoint: changed((store) => ({ ...store, plan: (batch) => void store.plan({ ...batch, cuts: [] }) })) },
  },
  {
    rule: 'unsettled batches run again first',
    parts: { checkpoint: loading((contents) => ({ ...contents, unsettled: [] })) },
  },
  {
    rule: 'a source goes on after its last planned cut',
    parts: { source: opening((position, settled) => settled ?? position) },
  },
  {
    rule: 'a source that has nothing planned goes on where it had settled',
    parts: { checkpoint: loading((contents) => ({ ...contents, positions: new Map() })) },
  },
  {
    rule: 'state is restored from the checkpoint',
    parts: { checkpoint: loading((contents) => ({ ...contents, states: new Map() })) },
  },
  {
    rule: 'state is written with the batch that changed it',
    parts: { checkpoint: settling((settlement) => ({ ...settlement, states: [] })) },
  },
  {
    rule: 'state is written in one piece with the settlement',
    parts: { checkpoint: stateWrittenBefore },
  },
  {
    rule: 'the last time is kept across restarts',
    parts: { checkpoint: loading((contents) => ({ ...contents, lastTime: undefined })) },
    needsClockSetBack: true,
  },
  {
    rule: 'an output holds its batch until its effect is done',
    parts: { save: unheldSave },
  },
  {
    rule: 'offsets are committed after all outputs, wherever commitOffsets stands',
    parts: { commit: commitAtOnce },
  },
  {
    rule: 'the same cut always gives the same records',
    parts: { source: forgetfulRead },
  },
  {
    rule: 'every hold counts',
    breakRuntime: () => patch(Scope.prototype, 'hold', () => NO_HOLD),
  },
  {
    rule: 'a missing side is known to be missing only when nobody else is busy',
    breakRuntime: () =>
      patch(Scope.prototype, 'awaitSide', (_rank: number, resolve: () => void) => {
        resolve();
        return NO_HOLD;
      }),
  },
  {
    rule: 'state changes of unseen batches settle with the next batch that is seen',
    breakRuntime: () => {
      const { takeChanges } = States.prototype;
      let settlements = 0;
      return patch(States.prototype, 'takeChanges', function (this: States) {
        const changes = takeChanges.call(this);
        return ++settlements % 3 === 0 ? [] : changes;
      });
    },
  },
  {
    rule: 'a commit waits for the batch to be processed',
    breakRuntime: () => {
      const { declareCommit } = Scope.prototype;
      return patch(Scope.prototype, 'declareCommit', function (this: Scope, store: object, origins: readonly string[]) {
        const offsets = this.offsetsOf(origins).map(({ topic, partition, until }) => ({
          topic,
          partition,
          until,
          expected: undefined,
        }));
        (store as ReturnType<typeof storeIn>).commit(offsets);
        declareCommit.call(this, store, origins);
      });
    },
  },
];

type AnyFunction = (...args: never[]) => unknown;

function patch<K extends string>(target: Record<K, AnyFunction> | object, method: K, replacement: unknown): () => void {
  const methods = target as Record<string, unknown>;
  const original = methods[method];
  methods[method] = replacement;
  return () => {
    methods[method] = original;
  };
}

function changed(change: (store: CheckpointStore) => CheckpointStore): (world: World) => CheckpointStore {
  return (world) => change(checkpointIn(world));
}

/** Changes what a new life is told. Only the answer of the outside is changed, so the step is still a step. */
function loading(change: (contents: CheckpointContents) => CheckpointContents): (world: World) => CheckpointStore {
  return (world) => ({
    ...checkpointIn(world),
    load: () => world.call('load', () => change(world.outside.checkpoint.load() as CheckpointContents)),
  });
}

function settling(change: (settlement: Settlement) => Settlement): (world: World) => CheckpointStore {
  return changed((store) => ({ ...store, settle: (settlement) => store.settle(change(settlement)) }));
}

/** Two writes where there should be one: the state first, then the rest. */
function stateWrittenBefore(world: World): CheckpointStore {
  const store = checkpointIn(world);
  return {
    ...store,
    settle: (settlement) => {
      world.outside.checkpoint.settle({ time: Number.NEGATIVE_INFINITY, positions: [], states: settlement.states });
      return store.settle({ ...settlement, states: [] });
    },
  };
}

/** Opens a source somewhere else than after its last planned cut. */
function opening(choose: (position: unknown, settled: unknown) => unknown): Parts['source'] {
  return (world, log) =>
    remade(logSource(world, log), (source) => ({
      ...source,
      open: (opening) => {
        const { positions } = world.outside.checkpoint.load() as CheckpointContents;
        return source.open({ ...opening, position: choose(opening.position, positions.get(log.name)) });
      },
    }));
}

/** Reads what is there now instead of what was cut. */
function forgetfulRead(world: World, log: Parameters<Parts['source']>[1]): SourceObservable<LogRecord> {
  return remade(logSource(world, log), (source) => ({
    ...source,
    read: (cut) => {
      const [from] = cut.data as readonly [number, number];
      return source.read({
        ...cut,
        data: [from, Math.max(from, Math.min(log.length, Math.floor((world.now / 10) * log.perTick)))],
      });
    },
  }));
}

function remade(
  observable: SourceObservable<LogRecord>,
  change: (source: Source<LogRecord>) => Source<LogRecord>,
): SourceObservable<LogRecord> {
  const make = observable[SOURCE];
  Object.defineProperty(observable, SOURCE, { value: () => change(make()) });
  return observable;
}

/** Does its work beside the batch: what everybody writes first. */
function unheldSave(world: World, chain: Parameters<Parts['save']>[1]): ReturnType<Parts['save']> {
  return (batches) =>
    batches.pipe(
      seen('unheld'),
      tap((batch) => {
        const records = [...batch.records];
        world.later(`save ${chain}`, () => write(world, chain, { time: batch.time, records })).subscribe();
      }),
    );
}

/** Commits where it stands in the chain, which is after its own output but not after the other chain's. */
function commitAtOnce(_world: World, store: ReturnType<typeof storeIn>): ReturnType<Parts['commit']> {
  return (batches) =>
    batches.pipe(
      mergeMap((batch: Batch<unknown>) => {
        const offsets = batch.offsets.map(({ topic, partition, until }) => ({
          topic,
          partition,
          until,
          expected: undefined,
        }));
        return concat(
          defer(() => {
            store.commit(offsets);
            return EMPTY;
          }).pipe(ignoreElements()),
          of(batch),
        );
      }),
    );
}
