import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { StreamError } from '../../core/errors.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import { databaseOf } from '../../drivers/redis/databaseOf.ts';
import type { RedisConnection } from '../../drivers/redis/redisConnection.ts';
import type { HeldOffsets } from '../commitPlan.ts';
import type { OffsetCommit } from '../OffsetStore.ts';
import type { RedisLayout } from './redisLayout.ts';
import { COMMIT_SCRIPT, FENCED_COMMIT_SCRIPT, OWN_SCRIPT, OWNED_SCRIPT } from './redisScripts.ts';
import type { RedisCommand } from './transaction/CollectedCommands.ts';
import { BEGIN_SCRIPT, TRANSACTION_SCRIPT } from './transaction/transactionScripts.ts';

/** Where a store keeps its offsets. */
export interface RedisPlace {
  readonly connection: RedisConnection;
  readonly layout: RedisLayout;
  readonly db: number | undefined;
}

/** What a transaction was begun with. */
export interface BegunTransaction {
  /** Known to the server until it ends or another one begins. */
  readonly id: string;
  /** Time of the batch that was committed last, as text; empty where none was. */
  readonly lastTime: string;
}

type Argument = string | number | Buffer;

/**
 * One store object's part in a group: who it is, whether it owns the group, and what it writes there. Rejects with a `RedisFailure`, or with
 * a {@link StreamError} for what a script has found.
 */
export class RedisGroup {
  readonly #place: RedisPlace;
  readonly #group: string;
  readonly #writer: string = `${hostname()} ${process.pid} ${randomUUID()}`;
  #epoch = '';
  #taken: StreamError | undefined;

  constructor(place: RedisPlace, group: string) {
    this.#place = place;
    this.#group = group;
  }

  /** Takes the group over, or finds that it is owned still. */
  async own(): Promise<void> {
    if (this.#taken !== undefined) throw this.#taken;
    if (this.#epoch !== '') return void (await this.#fenced(OWNED_SCRIPT, [], []));
    let seen = '';
    for (;;) {
      const [answer, epoch] = await this.#run(OWN_SCRIPT, [this.#place.layout.ownerKey], [this.#writer, seen]);
      seen = epoch as string;
      if (answer !== 'OWN') continue;
      this.#epoch = seen;
      return;
    }
  }

  /** Raises the offsets in one script and answers what was held before. */
  async commit(wanted: readonly OffsetCommit[]): Promise<HeldOffsets> {
    const isOwned = this.#epoch !== '';
    const keys = new KeyIndexes(isOwned ? [this.#place.layout.ownerKey] : []);
    const offsets = wanted.flatMap((offset) => [
      keys.of(this.#place.layout.keyOf(offset.topic)),
      this.#place.layout.fieldOf(offset),
      String(offset.until),
    ]);
    if (isOwned) return heldIn(wanted, await this.#fenced(FENCED_COMMIT_SCRIPT, keys.rest, offsets));
    return heldIn(wanted, await this.#run(COMMIT_SCRIPT, keys.all, offsets));
  }

  async begin(): Promise<BegunTransaction> {
    const id = randomUUID();
    const [, lastTime] = await this.#fenced(BEGIN_SCRIPT, [], [id]);
    return { id, lastTime: lastTime as string };
  }

  /** Commands, offsets and batch time in one script; answers what was held before. */
  async commitTransaction(
    id: string,
    time: number,
    wanted: readonly OffsetCommit[],
    commands: readonly RedisCommand[],
  ): Promise<HeldOffsets> {
    const { layout } = this.#place;
    const keys = new KeyIndexes([layout.ownerKey]);
    const offsets = wanted.flatMap((offset) => [
      keys.of(layout.keyOf(offset.topic)),
      layout.fieldOf(offset),
      String(offset.until),
      offset.from === undefined ? '' : String(offset.from),
    ]);
    const own = keys.all.length;
    const added: Argument[] = [];
    for (const { name, key, args } of commands) {
      const index = keys.of(key);
      if (index <= own) throw this.#ownKey(name, key);
      added.push(name, index, args.length, ...args);
    }
    const head = [id, String(time), own - 1, wanted.length];
    const answer = await this.#fenced(TRANSACTION_SCRIPT, keys.rest, [...head, ...offsets, ...added]);
    if (answer[0] === 'FORGOTTEN') throw this.#forgotten();
    if (answer[0] === 'AHEAD') throw this.#ahead(wanted[Number(answer[1])] as OffsetCommit, answer[2] as string);
    return heldIn(wanted, answer);
  }

  /** Runs a script that begins with the fence. */
  async #fenced(script: string, keys: readonly string[], args: readonly Argument[]): Promise<readonly string[]> {
    if (this.#taken !== undefined) throw this.#taken;
    const { ownerKey } = this.#place.layout;
    const answer = await this.#run(script, [ownerKey, ...keys], [this.#epoch, this.#writer, ...args]);
    if (answer[0] === 'UNFINISHED') throw this.#unfinished(answer[1] as string);
    if (answer[0] !== 'TAKEN') return answer;
    this.#taken = this.#takenBy(answer[1] as string);
    throw this.#taken;
  }

  #run(script: string, keys: readonly string[], args: readonly Argument[]): Promise<readonly string[]> {
    const { connection, db } = this.#place;
    // An array, since a call takes no hundred thousand arguments; ioredis flattens it.
    return connection.run((client) =>
      (client as Scripts).eval(script, keys.length, [...keys, databaseOf(client, db), ...args]),
    );
  }

  #takenBy(writer: string): StreamError {
    const [host, pid] = writer.split(' ');
    return new StreamError(
      'OFFSET_STORE_TAKEN',
      `redisOffsets: expected to own group ${this.#group}, but process ${pid} on host ${host} has taken it over. Nothing of this is kept, and this store can ` +
        'commit no more. Let only one pipeline of a group run.',
      { details: { group: this.#group, takenBy: writer } },
    );
  }

  #unfinished(what: string): StreamError {
    const key = this.#place.layout.ownerKey;
    return new StreamError(
      'OFFSET_STORE_FAILED',
      `redisOffsets: expected the last transaction of group ${this.#group} to have taken effect whole, but Redis stopped it in the middle: ${what}. Its offsets were not ` +
        `raised: running it again would do the first commands twice. Undo them by hand (or the rest by hand and raise the offsets), then: HDEL ${key} unfinished`,
      { details: { group: this.#group, key, unfinished: what } },
    );
  }

  #forgotten(): StreamError {
    return new StreamError(
      'OFFSET_STORE_UNAVAILABLE',
      `redisOffsets commit: Redis does not know the transaction of group ${this.#group} any more: it was restarted and lost it, or another one was begun. Nothing of it ` +
        'was kept; the batch has to run again.',
      { retriable: true, details: { group: this.#group } },
    );
  }

  #ahead({ topic, partition, from }: OffsetCommit, found: string): StreamError {
    return new StreamError(
      'OFFSET_STORE_FAILED',
      `redisOffsets commit: expected the offset of ${topic}[${partition}] in group ${this.#group} to be ${from} at most, where the records of the batch begin, got ${found}: ` +
        'they have been committed before. Nothing of the transaction was kept. Start from the offsets of this store, or reset them by hand.',
      { details: { group: this.#group, topic, partition, from, found } },
    );
  }

  #ownKey(name: string, key: string): StreamError {
    const what = `expected keys of results, got ${name} ${key}, where the store keeps its offsets. Choose another key.`;
    return new StreamError('OFFSET_STORE_FAILED', `redisOffsets commit: ${what} Nothing was written.`);
  }
}

/** `eval` as it is used here; ioredis takes arrays, its types do not say so. */
interface Scripts {
  eval(script: string, numberOfKeys: number, args: readonly Argument[]): Promise<readonly string[]>;
}

/** The keys of a script and where they are among them, from 1 on. */
class KeyIndexes {
  readonly #indexes = new Map<string, number>();
  readonly #first: number;

  constructor(first: readonly string[]) {
    this.#first = first.length;
    for (const key of first) this.of(key);
  }

  get all(): readonly string[] {
    return [...this.#indexes.keys()];
  }

  /** Without those that were given first. */
  get rest(): readonly string[] {
    return this.all.slice(this.#first);
  }

  of(key: string): number {
    const index = this.#indexes.get(key) ?? this.#indexes.size + 1;
    this.#indexes.set(key, index);
    return index;
  }
}

/** What the offsets were, of an answer that begins with `OK`. */
function heldIn(wanted: readonly OffsetCommit[], [, ...held]: readonly string[]): HeldOffsets {
  const found = new Map<string, CommittedOffset>();
  wanted.forEach(({ topic, partition }, i) => {
    if (held[i]) found.set(partitionKey({ topic, partition }), { topic, partition, until: Number(held[i]) });
  });
  return found;
}
