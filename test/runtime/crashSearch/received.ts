import type { Observable } from 'rxjs';
import type { CheckpointContents, CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import type { Answer } from '../../../src/core/Answer.ts';
import { mapRecords } from '../../../src/operators/mapRecords.ts';
import { updateStateByKey } from '../../../src/operators/updateStateByKey.ts';
import { foreachBatch } from '../../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../../src/runtime/StreamingContext.ts';
import type { BlockLog, NewBlock } from '../../../src/sources/receiver/BlockLog.ts';
import type { Receiver, ReceiverHost } from '../../../src/sources/receiver/Receiver.ts';
import { receiverObservable } from '../../../src/sources/receiver/receiverObservable.ts';
import { clonedCheckpoint } from '../../../src/testing/clonedCheckpoint.ts';
import { Outside, World } from './World.ts';

/** The sender has so many blocks of two records, and sends each again until it is acknowledged. */
const BLOCKS = 7;

/** What outlives a receiving process: its log, its checkpoint, and what the sender knows. */
export class Received {
  readonly acknowledged: Set<number> = new Set();
  /** Every record that was ever in the log, by its number. */
  readonly logged: number[] = [];
  readonly sizes: number[] = [];
  trimmed = 0;
  readonly checkpoint: CheckpointStore = clonedCheckpoint();
  /** What the output was given last: how often each record counts. */
  totals: ReadonlyMap<number, number> = new Map();
}

/** Which rules hold; one can be switched off. */
export interface Rules {
  readonly acknowledge: 'when stored' | 'when received';
  readonly trim: 'when settled' | 'when cut';
  /** How the log answers: in the same call, or later. */
  readonly log: 'values' | 'promises';
}

export const RULES: Rules = { acknowledge: 'when stored', trim: 'when settled', log: 'values' };

/** A log that the process can crash before and after each call of. */
function logIn(world: World, received: Received, rules: Rules): BlockLog {
  const at = (number: number): number => {
    let first = 0;
    for (const size of received.sizes) {
      if (number < first + size) return first;
      first += size;
    }
    return first;
  };
  const call = <T>(name: string, effect: () => T): Answer<T> =>
    rules.log === 'values' ? world.call(name, effect) : world.answers.wait(promisedCall(world, name, effect));
  return {
    name: 'simulated',
    durable: true,
    maxBytes: 1000,
    bytes: 0,
    hasRoom: () => true,
    open: () =>
      call('open log', () => ({
        id: 'one',
        first: received.trimmed,
        next: received.logged.length,
        note: undefined,
      })),
    append: ({ parts, records }) =>
      call('append', () => {
        const first = received.logged.length;
        received.logged.push(...(parts[0] as Uint8Array));
        received.sizes.push(records);
        return first;
      }),
    take(from, { maxRecords }) {
      const until = Math.min(received.logged.length, from + Math.min(maxRecords, 3));
      if (rules.trim === 'when cut') received.trimmed = until;
      return until;
    },
    read: (from, until) =>
      call('read log', () => {
        const first = at(from);
        return [{ first, records: until - first, bytes: Uint8Array.from(received.logged.slice(first, until)) }];
      }),
    trim: (until) =>
      call('trim', () => {
        received.trimmed = Math.max(received.trimmed, until);
      }),
    close: () => call('close log', () => undefined),
  };
}

async function promisedCall<T>(world: World, name: string, effect: () => T): Promise<T> {
  await Promise.resolve();
  if (world.step(`before ${name}`)) return new Promise(() => {});
  const value = effect();
  return world.step(`after ${name}`) ? new Promise(() => {}) : value;
}

/** Sends what is not acknowledged, a block every few milliseconds; the end comes when all is. */
function receiverIn(world: World, received: Received, rules: Rules): Receiver<number> {
  return {
    start(host) {
      const next = (): void => {
        if (world.dead || host.signal.aborted) return;
        const block = Array.from({ length: BLOCKS }, (_, i) => i).find((i) => !received.acknowledged.has(i));
        if (block === undefined) return host.end();
        world.scheduler.schedule(() => {
          const sent = send(world, received, rules, host, block).then(next, next);
          void world.answers.wait(sent);
        }, 4);
      };
      next();
    },
    stop: () => undefined,
    decode: (bytes) => bytes,
  };
}

async function send(world: World, received: Received, rules: Rules, host: ReceiverHost, block: number): Promise<void> {
  if (world.step('receive')) return;
  if (rules.acknowledge === 'when received') received.acknowledged.add(block);
  const stored: NewBlock = { parts: [Uint8Array.of(2 * block, 2 * block + 1)], records: 2 };
  await host.store(stored);
  if (world.step('before acknowledge')) return;
  received.acknowledged.add(block);
  world.step('after acknowledge');
}

function checkpointIn(world: World, { checkpoint }: Received): CheckpointStore {
  return {
    name: 'simulated',
    durable: true,
    load: () => world.call('load', () => checkpoint.load() as CheckpointContents),
    plan: (batch) => world.call('plan', () => void checkpoint.plan(batch)),
    settle: (settlement) => world.call('settle', () => void checkpoint.settle(settlement)),
    close: () => undefined,
  };
}

function pipeline(world: World, received: Received, rules: Rules): Observable<unknown> {
  const context = new StreamingContext({
    interval: 10,
    scheduler: world.scheduler,
    checkpoint: checkpointIn(world, received),
    freezeState: true,
    onWarning: () => {},
  });
  return receiverObservable<number>({
    where: 'received',
    name: 'received',
    log: () => logIn(world, received, rules),
    makeReceiver: () => receiverIn(world, received, rules),
  }).pipe(
    batchInterval(context),
    mapRecords((record) => [record, 1] as const),
    updateStateByKey((ones, total: number = 0) => total + ones.length, { name: 'totals' }),
    foreachBatch((batch) =>
      world.later('write', () => {
        received.totals = new Map(batch.records);
      }),
    ),
  );
}

/** How a story ended. */
export interface Ending {
  readonly violations: readonly string[];
  /** The steps of each life. */
  readonly lives: readonly (readonly string[])[];
  /** Records that the sender had to send again although they were in the log. */
  readonly again: number;
}

/** Lives a story through: the process crashes at these steps, and the life after the last of them runs to the end. */
export async function receive(crashes: readonly number[], rules: Rules = RULES): Promise<Ending> {
  const received = new Received();
  const lives: (readonly string[])[] = [];
  const violations: string[] = [];
  let now = 0;
  for (const crashAt of [...crashes, Number.POSITIVE_INFINITY]) {
    const world = new World(new Outside(), now, { crashAt });
    let isOver = false;
    pipeline(world, received, rules).subscribe({
      error: (error) => world.dead || violations.push(`failed: ${error}`),
      complete: () => {
        isOver = true;
      },
    });
    await world.live();
    lives.push(world.steps);
    now = world.now + 25;
    if (!world.dead && !isOver && violations.length === 0) violations.push('did not end');
    if (!world.dead) break;
  }
  return { violations: [...violations, ...wrongTotals(received)], lives, again: received.logged.length - 2 * BLOCKS };
}

/** Every record counts as often as it is in the log, and every one that was acknowledged is in it. */
function wrongTotals({ logged, totals }: Received): readonly string[] {
  return Array.from({ length: 2 * BLOCKS }, (_, record) => record).flatMap((record) => {
    const inLog = logged.filter((one) => one === record).length;
    const counted = totals.get(record) ?? 0;
    if (inLog === 0) return [`record ${record} was acknowledged and is not in the log`];
    return inLog === counted ? [] : [`record ${record} is ${inLog} times in the log and counts ${counted} times`];
  });
}
