import { firstValueFrom, type SchedulerLike, timer } from 'rxjs';
import { Deadline } from './Deadline.ts';
import type { PostgresClient, PostgresResult } from './PostgresTarget.ts';
import { isEndOfSession, postgresFailure } from './postgresFailure.ts';
import { SqlFailure } from './SqlFailure.ts';

/**
 * One connection of a pool while it is ours. Nothing that is asked waits for ever, and nothing is asked twice. A session that is
 * broken stays so: its connection is closed, and the server rolls back what was open.
 */
export class PostgresSession {
  readonly place: string;
  /** What its holder waits for, said where it has waited too long. */
  waitsFor: string | undefined;
  readonly #client: PostgresClient;
  readonly #withinMs: number;
  readonly #scheduler: SchedulerLike;
  #broken: SqlFailure | undefined;
  #isReleased = false;

  constructor(client: PostgresClient, place: string, withinMs: number, scheduler: SchedulerLike) {
    this.#client = client;
    this.place = place;
    this.#withinMs = withinMs;
    this.#scheduler = scheduler;
    client.on('error', this.#onError);
  }

  /** Whether its connection is lost. */
  get isLost(): boolean {
    return this.#broken !== undefined;
  }

  /** Whether no transaction is open, as the server said after the last statement; `false` where the client cannot tell. */
  get isOutsideTransaction(): boolean {
    return !this.#isReleased && this.#client.getTransactionStatus?.() === 'I';
  }

  /** The results of the statements in this text, one for each. Rejects with a {@link SqlFailure}. */
  async query(text: string): Promise<readonly PostgresResult[]> {
    const results = await this.ask((client) => client.query(text));
    return Array.isArray(results) ? results : [results];
  }

  /** Asks the client itself. Rejects with a {@link SqlFailure}; what does not answer in time breaks the session. */
  async ask<T>(question: (client: PostgresClient) => PromiseLike<T>, withinMs: number = this.#withinMs): Promise<T> {
    if (this.#isReleased) throw this.#ended();
    const deadline = new Deadline(withinMs, this.#scheduler, () => this.silence(withinMs));
    try {
      return await deadline.race(question(this.#client));
    } catch (error) {
      const failure = postgresFailure(error, this.place);
      if (isEndOfSession(error)) this.breakOff(failure);
      throw this.#broken ?? failure;
    } finally {
      deadline.end();
    }
  }

  /** Several questions that have to be answered within the time of one. */
  async inTime<T>(work: () => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.#withinMs, this.#scheduler, () => this.silence(this.#withinMs));
    try {
      return await deadline.race(work());
    } finally {
      deadline.end();
    }
  }

  /** Hands something to the client that answers by events of its own: a cursor, a stream of COPY. */
  submit<S>(submittable: S): S {
    if (this.#isReleased) throw this.#ended();
    return this.#client.query(submittable as object) as S;
  }

  /** Lets time pass between two questions. */
  async wait(ms: number): Promise<void> {
    await firstValueFrom(timer(ms, this.#scheduler));
    if (this.#isReleased) throw this.#ended();
  }

  /** Ends what is open without effect; a session that cannot is broken off, which comes to the same. */
  async rollback(): Promise<void> {
    if (!this.#isReleased) await this.query('ROLLBACK').catch((error: SqlFailure) => this.breakOff(error));
  }

  /** Breaks off, and says why: the answer may still be under way, or the peer is gone without a word. */
  silence(withinMs: number): SqlFailure {
    const why = this.waitsFor ?? `${this.place} did not answer within ${withinMs} ms`;
    this.breakOff(new SqlFailure('unavailable', why));
    return this.#broken as SqlFailure;
  }

  /** Closes the connection, at once and for good. */
  breakOff(why: SqlFailure): void {
    if (this.#isReleased) return;
    this.#broken = why;
    this.#isReleased = true;
    this.#client.release(true);
  }

  /** Gives the connection back to its pool. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client.off('error', this.#onError);
    this.#client.release();
  }

  #ended(): SqlFailure {
    return this.#broken ?? new SqlFailure('refused', `the connection to ${this.place} has been given back`);
  }

  /** A lost connection says so once or twice, the second time after it was broken off; without a listener that ends the process. */
  readonly #onError = (error: Error): void => this.breakOff(postgresFailure(error, this.place));
}
