import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { StreamError } from '../../../src/core/errors.ts';
import type { BlockLog, NewBlock } from '../../../src/receiver.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { FakeKafkaGroup } from '../../support/FakeKafkaGroup.ts';
import { type Seeded, seeded, seeds } from '../../support/seeded.ts';
import { WatchedScheduler } from '../../support/WatchedScheduler.ts';
import { Receiving, type ReceivingOptions } from './receiving.ts';

const PARTITIONS = 3;
const down = () => new StreamError('SOURCE_UNAVAILABLE', 'the broker is down.', { retriable: true });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What may happen to a group, its brokers, a log, or a run. */
const STEPS = [
  'append',
  'append',
  'append',
  'take',
  'take',
  'rebalance',
  'throw out',
  'coordinator',
  'commit',
  'fetch',
  'leader',
  'forget a commit',
  'retry',
  'pause',
] as const;

/** A log in memory that answers after some milliseconds. */
function slowLog(maxBytes: number, delayMs: () => number): BlockLog {
  const inner = memoryLog({ name: 'slow', maxBytes });
  const append = async (block: NewBlock): Promise<number> => {
    const first = inner.append(block) as number;
    await new Promise((resolve) => setTimeout(resolve, delayMs()));
    return first;
  };
  return new Proxy(inner, {
    get: (_, part) => {
      if (part === 'append') return append;
      const value: unknown = Reflect.get(inner, part);
      return typeof value === 'function' ? value.bind(inner) : value;
    },
  });
}

/** A receiver with a small log, to which everything happens that may, against the records that it has to give. */
class Life {
  readonly #random: Seeded;
  readonly #kafka = new FakeKafkaGroup();
  readonly #lines = this.#kafka.topic('lines', PARTITIONS);
  readonly #options: ReceivingOptions;
  readonly #given: string[] = [];
  #receiving: Receiving;
  #sent = 0;

  constructor(random: Seeded) {
    this.#random = random;
    const log = slowLog(random.pick([2000, 10_000, 1e6]), () => random.pick([0, 1, 3]));
    const receivers = random.pick([1, 2, 3]);
    this.#options = { log: () => log, receivers, blockIntervalMs: random.pick([1, 5]), maxBlockBytes: 300 };
    this.#receiving = new Receiving(this.#kafka, this.#options);
  }

  async begin(): Promise<void> {
    await this.#receiving.open();
  }

  async step(): Promise<void> {
    const { int, pick } = this.#random;
    const { faults, members, offsets } = this.#kafka;
    const step = pick(STEPS);
    if (step === 'append') this.#append(int(0, PARTITIONS - 1), int(1, 4));
    else if (step === 'take') await this.#take();
    else if (step === 'rebalance') this.#kafka.rebalance();
    else if (step === 'throw out' && members.length > 0) this.#kafka.throwOut(pick(members));
    else if (step === 'coordinator')
      faults[pick(['join', 'heartbeat'] as const)].push(pick([14, 15, 16, 22, 27, down()]));
    else if (step === 'commit') faults.commit.push(pick([14, 16, 22, 27, down()]));
    else if (step === 'fetch') this.#lines[int(0, PARTITIONS - 1)]?.faults.push(pick([6, 74, 75, 89, 100]));
    else if (step === 'leader') Object.assign(this.#lines[int(0, PARTITIONS - 1)] as object, { leader: int(1, 3) });
    else if (step === 'forget a commit') {
      const [key, last] = pick([...offsets]) ?? [];
      if (key !== undefined && last !== undefined) offsets.set(key, { ...last, offset: int(0, last.offset) });
    } else if (step === 'retry') await this.#retry();
    else for (let n = int(1, 5); n > 0; n--) await new Promise((resolve) => setTimeout(resolve, 1));
    await turn();
  }

  /** Waits until everything has come, and stops. */
  async finish(): Promise<readonly string[]> {
    while (this.#values.length < this.#sent) await this.#take();
    await this.#receiving.drained();
    await this.#take();
    await this.#receiving.close();
    return this.#values;
  }

  /** The members that are left behind. */
  get members(): readonly string[] {
    return this.#kafka.members;
  }

  get sent(): number {
    return this.#sent;
  }

  get #values(): readonly string[] {
    return [...this.#given, ...this.#receiving.values];
  }

  #append(partition: number, count: number): void {
    const at = this.#lines[partition];
    const first = at?.end ?? 0;
    at?.append(...Array.from({ length: count }, (_, i) => `${partition}:${first + i}`));
    this.#sent += count;
    this.#kafka.changed();
  }

  async #take(): Promise<void> {
    await this.#receiving.take();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async #retry(): Promise<void> {
    await this.#receiving.close();
    this.#given.push(...this.#receiving.values);
    this.#receiving = new Receiving(this.#kafka, this.#options);
    await this.#receiving.open();
  }
}

it.each(seeds(12))(
  'kafkaReceiver gives every record once and in order, whatever happens (seed %i)',
  { timeout: 15_000 },
  async (seed) => {
    const life = new Life(seeded(seed));
    await life.begin();
    for (let step = 0; step < 60; step++) await life.step();
    const values = await life.finish();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const own = values.filter((value) => value.startsWith(`${partition}:`));
      expect(own).toEqual(own.map((_, offset) => `${partition}:${offset}`));
    }
    expect(values).toHaveLength(life.sent);
    expect(life.members).toEqual([]);
  },
);

it.each([
  ['a run that fails', true],
  ['a stop', false],
])(
  'kafkaReceiver that is closed at any moment by %s leaves its group, and no timer, listener or request behind',
  async (_, isAborted) => {
    for (let moment = 0; moment < 40; moment++) {
      const kafka = new FakeKafkaGroup();
      const [lines] = kafka.topic('lines', 2);
      lines?.append('a', 'b');
      const scheduler = new WatchedScheduler();
      const receiving = new Receiving(kafka, { receivers: 2 }, scheduler);
      const opened = receiving.open().catch(() => undefined);
      for (let n = 0; n < moment; n++) await turn();
      if (isAborted) receiving.end.abort(new Error('the run has failed'));
      await promised(() => receiving.source.close());
      await opened;
      const listeners = getEventListeners(receiving.end.signal, 'abort').length;
      expect({ moment, waiting: scheduler.waiting, listeners, members: kafka.members }).toEqual({
        moment,
        waiting: 0,
        listeners: 0,
        members: [],
      });
      const asked = [kafka.heartbeats, kafka.metadataCalls, kafka.fetches.length];
      for (let n = 0; n < 3; n++) await turn();
      expect([kafka.heartbeats, kafka.metadataCalls, kafka.fetches.length]).toEqual(asked);
    }
  },
);
