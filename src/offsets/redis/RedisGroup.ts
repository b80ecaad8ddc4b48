import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { StreamError } from '../../core/errors.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import { databaseOf } from '../../drivers/redis/databaseOf.ts';
import type { RedisConnection } from '../../drivers/redis/redisConnection.ts';
import { acknowledged, type HeldOffsets } from '../commitPlan.ts';
import type { OffsetCommit, TransactionBatch } from '../OffsetStore.ts';
import { GroupErrors } from './groupErrors.ts';
import type { RedisLayout } from './redisLayout.ts';
import { COMMIT_SCRIPT, FENCED_COMMIT_SCRIPT, OWN_SCRIPT, OWNED_SCRIPT } from './redisScripts.ts';
import { runScript, type ScriptArgument } from './runScript.ts';
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
  /** Known to the server until it is used or another one begins. */
  readonly name: string;
  /** Time of the batch that was committed last, as text, empty where none was; `undefined` where the server was not asked. */
  readonly lastTime: string | undefined;
}

/**
 * One store object's part in a group: who it is, whether it owns the group, and what it writes there. Rejects with a `RedisFailure`, or with
 * a {@link StreamError} for what a script has found.
 */
export class RedisGroup {
  readonly #place: RedisPlace;
  readonly #writer: string = `${hostname()} ${process.pid} ${randomUUID()}`;
  readonly #errors: GroupErrors;
  #epoch = '';
  #taken: StreamError | undefined;
  /** Under this name the next transaction may commit: the last commit has left it at the server. */
  #next: string | undefined;

  constructor(place: RedisPlace, group: string) {
    this.#place = place;
    this.#errors = new GroupErrors(group, place.layout.ownerKey);
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

  /** Asks the server only where it has to: for a batch that may be there, and after anything but a commit that was answered. */
  async begin({ repeated }: TransactionBatch): Promise<BegunTransaction> {
    if (this.#taken !== undefined) throw this.#taken;
    if (this.#next !== undefined && !repeated) return { name: this.#next, lastTime: undefined };
    this.#next = undefined;
    const name = randomUUID();
    const [, lastTime] = await this.#fenced(BEGIN_SCRIPT, [], [name]);
    return { name, lastTime: lastTime as string };
  }

  /** Commands, offsets and batch time in one script; answers what was held before. */
  async commitTransaction(
    { name, lastTime }: BegunTransaction,
    batch: TransactionBatch,
    wanted: readonly OffsetCommit[],
    commands: readonly RedisCommand[],
  ): Promise<HeldOffsets> {
    this.#next = undefined;
    const isOwned = this.#epoch !== '';
    const next = randomUUID();
    const { keys, head, rest } = this.#transaction(wanted, commands);
    const tried = (name: string): Promise<readonly string[]> =>
      this.#fenced(TRANSACTION_SCRIPT, keys, [name, next, String(batch.time), ...head, ...rest]);
    let answer = await tried(name);
    if (answer[0] === 'FORGOTTEN' && lastTime === undefined) {
      // Lost between two batches, and nothing of this one has been done: it begins once more.
      const begun = await this.begin({ ...batch, repeated: true });
      if (begun.lastTime !== String(batch.time)) answer = await tried(begun.name);
    }
    if (answer[0] === 'FORGOTTEN') throw this.#errors.forgotten();
    if (answer[0] === 'AHEAD') throw this.#errors.ahead(wanted[Number(answer[1])] as OffsetCommit, answer[2] as string);
    if (answer[0] === 'LOST') throw this.#errors.lost(wanted[Number(answer[1])] as OffsetCommit, answer[2] as string);
    // Whoever owns nothing may have others beside it.
    if (isOwned) this.#next = next;
    return heldIn(wanted, answer);
  }

  /** Keys and arguments of {@link TRANSACTION_SCRIPT}, but for those that say whose it is. */
  #transaction(
    wanted: readonly OffsetCommit[],
    commands: readonly RedisCommand[],
  ): Record<'head' | 'rest', readonly ScriptArgument[]> & { readonly keys: readonly string[] } {
    const { layout } = this.#place;
    const keys = new KeyIndexes([layout.ownerKey]);
    const rest: ScriptArgument[] = wanted.flatMap((offset) => [
      keys.of(layout.keyOf(offset.topic)),
      layout.fieldOf(offset),
      String(offset.until),
      offset.from === undefined ? '' : String(offset.from),
      acknowledged(offset) || '',
    ]);
    const own = keys.all.length;
    for (const { name, key, args } of commands) {
      const index = keys.of(key);
      if (index <= own) throw this.#errors.ownKey(name, key);
      rest.push(name, index, args.length, ...args);
    }
    return { keys: keys.rest, head: [own - 1, wanted.length], rest };
  }

  /** Runs a script that begins with the fence. */
  async #fenced(script: string, keys: readonly string[], args: readonly ScriptArgument[]): Promise<readonly string[]> {
    if (this.#taken !== undefined) throw this.#taken;
    const { ownerKey } = this.#place.layout;
    const answer = await this.#run(script, [ownerKey, ...keys], [this.#epoch, this.#writer, ...args]);
    if (answer[0] === 'UNFINISHED') throw this.#errors.unfinished(answer[1] as string);
    if (answer[0] !== 'TAKEN') return answer;
    this.#taken = this.#errors.takenBy(answer[1] as string);
    throw this.#taken;
  }

  #run(script: string, keys: readonly string[], args: readonly ScriptArgument[]): Promise<readonly string[]> {
    const { connection, db } = this.#place;
    return connection.run((client) => runScript(client, script, keys, [databaseOf(client, db), ...args]));
  }
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
