import { randomUUID } from 'node:crypto';
import { firstValueFrom, interval, type SchedulerLike, type Subscription, timer } from 'rxjs';
import { StreamError } from '../../core/errors.ts';
import type { RedisSession } from '../../drivers/redis/redisSession.ts';
import type { CheckpointReport } from '../CheckpointStore.ts';
import { ENDED, type Holder, hasEnded, heldBy, holderOf, myself, shownHolder } from './holder.ts';
import { type RedisCalls, type ScriptArgument, texts } from './RedisCalls.ts';
import type { RedisLogKeys } from './redisLogKeys.ts';
import { OWN_SCRIPT, RELEASE_SCRIPT, RENEW_SCRIPT, WRITE_SCRIPT } from './redisLogScripts.ts';
import { refusedWrite } from './refusedWrite.ts';

/** One step of a write: a command of Redis, its key and its arguments. `APPEND` has the expected length before its bytes. */
export type Step = readonly [command: string, key: string, ...args: ScriptArgument[]];

/** What a {@link RedisOwner} is made of. */
export interface RedisOwnerParts {
  readonly name: string;
  readonly keys: RedisLogKeys;
  readonly calls: RedisCalls;
  readonly session: RedisSession;
  readonly leaseMs: number;
  readonly takeOver: boolean;
  readonly scheduler: SchedulerLike;
}

/**
 * Who may write: an epoch that every new owner raises and every write compares, and a lease that the server measures and says when the next
 * owner may come without asking. A write is counted, so that one whose answer was lost is sent again and done once.
 */
export class RedisOwner {
  readonly #parts: RedisOwnerParts;
  readonly #token = randomUUID();
  #attempts = 0;
  #epoch: string | undefined;
  #writes = 0;
  #failure: unknown;
  #renewing: Subscription | undefined;

  constructor(parts: RedisOwnerParts) {
    this.#parts = parts;
  }

  /** Of the ownership; every one has another. */
  get epoch(): string {
    if (this.#epoch === undefined) {
      throw new StreamError('CHECKPOINT_FAILED', `${this.#parts.name}: it is written to without being owned.`);
    }
    return this.#epoch;
  }

  /** Becomes the owner: waits for the end of a lease that nobody renews, refuses where somebody does. */
  async own(report: (report: CheckpointReport) => void = () => {}): Promise<void> {
    const { name, leaseMs } = this.#parts;
    this.#leave();
    ENDED.delete(this.#token);
    let seen: Holder | undefined;
    for (;;) {
      const answer = await this.#ask(seen !== undefined && hasEnded(seen) ? seen.token : '');
      if (answer.epoch !== undefined) {
        this.#epoch = answer.epoch;
        break;
      }
      const { holder } = answer;
      if (seen !== undefined && (seen.token !== holder.token || seen.until !== holder.until))
        throw heldBy(name, holder);
      if (seen === undefined && isWorthTelling(holder)) report(this.#waiting(holder));
      seen = holder;
      // Whoever lives renews it within a third of it.
      const look = hasEnded(holder) ? 0 : Math.min(holder.leftMs, holder.leaseMs / 3 + LATENESS_MS);
      await firstValueFrom(timer(Math.ceil(look), this.#parts.scheduler));
    }
    this.#writes = 0;
    this.#failure = undefined;
    this.#parts.session.keep();
    this.#renewing = interval(leaseMs / 3, this.#parts.scheduler).subscribe(() => void this.#renew());
  }

  /** Does all of these steps, or none. After a failure none is done until the next `own`: nobody knows what was. */
  async write(steps: readonly Step[]): Promise<void> {
    const { name, calls, keys, leaseMs } = this.#parts;
    if (this.#failure !== undefined) throw this.#failure;
    const known = [...new Set([keys.owner, ...steps.map(([, key]) => key)])];
    const indexes = new Map(known.map((key, i) => [key, i + 1]));
    const args = steps.flatMap(([command, key, ...rest]) => [
      command,
      indexes.get(key) as number,
      rest.length,
      ...rest,
    ]);
    try {
      const fence = [this.epoch, this.#token, this.#writes + 1, leaseMs];
      const [answer, ...more] = texts(await calls.repeatedly(WRITE_SCRIPT, known, [...fence, ...args]));
      if (answer !== 'OK' && answer !== 'DONE') throw refusedWrite(name, answer, more);
      this.#writes++;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Ends the lease. If Redis cannot be told now, it ends by itself. */
  async release(): Promise<void> {
    const epoch = this.#epoch;
    if (epoch === undefined) return;
    const { calls, keys, session } = this.#parts;
    this.#renewing?.unsubscribe();
    try {
      await calls.once(RELEASE_SCRIPT, [keys.owner], [epoch, this.#token]);
    } catch {
      // The lease runs out by itself; whoever comes next in this process needs not wait for it.
      ENDED.add(this.#token);
    } finally {
      this.#leave();
      session.letGo();
    }
  }

  /** Asks to become the owner; `dead` is the token of one whose lease needs not be waited for. */
  async #ask(dead: string): Promise<{ epoch: string } | { epoch?: undefined; holder: Holder }> {
    const { name, keys, calls, leaseMs, takeOver } = this.#parts;
    const { owner, head, segments, sizes, savepoints } = keys;
    const args = [this.#token, ++this.#attempts, leaseMs, myself(), takeOver ? '1' : '', dead];
    const answer = texts(await calls.once(OWN_SCRIPT, [owner, head, segments, sizes, savepoints], args));
    if (answer[0] === 'OWN') return { epoch: answer[1] as string };
    if (answer[0] === 'OWNED') return { holder: holderOf(answer) };
    throw new StreamError(
      'CHECKPOINT_FAILED',
      `${name}: two stores own it at once with one token. Make one store for each context.`,
    );
  }

  #waiting({ leftMs, who }: Holder): CheckpointReport {
    const message = `${this.#parts.name}: waits up to ${leftMs} ms for the lease of ${shownHolder(who)}, which has not given it back.`;
    return { code: 'CHECKPOINT_AWAITED', message, details: { leftMs } };
  }

  /** Every write asks again whether it is still ours; a renewal that fails needs no answer. */
  async #renew(): Promise<void> {
    const { calls, keys, leaseMs } = this.#parts;
    await calls.once(RENEW_SCRIPT, [keys.owner], [this.epoch, this.#token, leaseMs]).catch(() => {});
  }

  #leave(): void {
    this.#renewing?.unsubscribe();
    this.#renewing = undefined;
    this.#epoch = undefined;
  }
}

/** How late a living owner may renew its lease before a look at it, in milliseconds. */
const LATENESS_MS = 200;

/** A wait of this many milliseconds is told. */
const WORTH_TELLING_MS = 2000;

function isWorthTelling(holder: Holder): boolean {
  return holder.leftMs >= WORTH_TELLING_MS && !hasEnded(holder);
}
