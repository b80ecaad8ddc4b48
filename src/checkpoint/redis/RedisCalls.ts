import { firstValueFrom, type SchedulerLike, timer } from 'rxjs';
import { databaseOf } from '../../drivers/redis/databaseOf.ts';
import { RedisFailure } from '../../drivers/redis/RedisFailure.ts';
import type { RedisSession } from '../../drivers/redis/redisSession.ts';

/** What a script is given besides its keys. */
export type ScriptArgument = string | number | Uint8Array;

/** Every client has it; its types do not. */
interface BufferScripts {
  evalBuffer(script: string, numberOfKeys: number, ...args: (string | number | Buffer)[]): Promise<unknown>;
}

/** What {@link RedisCalls} needs. */
export interface RedisCallsOptions {
  readonly session: RedisSession;
  readonly db: number | undefined;
  readonly repeatForMs: number;
  readonly scheduler: SchedulerLike;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** Runs scripts in the database of a checkpoint. Answers are buffers, numbers, `null` and arrays of these. */
export class RedisCalls {
  readonly #options: RedisCallsOptions;

  constructor(options: RedisCallsOptions) {
    this.#options = options;
  }

  /** Once. Rejects with a {@link RedisFailure}. */
  once(script: string, keys: readonly string[], args: readonly ScriptArgument[] = []): Promise<unknown> {
    const { session, db } = this.#options;
    // A view that is no Buffer would be sent as the text of its numbers.
    const sent = args.map((arg) => (typeof arg === 'object' ? bufferOver(arg) : arg));
    return session.run((client) =>
      (client as unknown as BufferScripts).evalBuffer(script, keys.length, ...keys, databaseOf(client, db), ...sent),
    );
  }

  /** Again and again while Redis is unavailable, as long as is allowed. For scripts that know what they have done already. */
  async repeatedly(script: string, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    const { scheduler, repeatForMs } = this.#options;
    const since = scheduler.now();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return await this.once(script, keys, args);
      } catch (error) {
        const mayPass = error instanceof RedisFailure && error.kind === 'unavailable';
        if (!mayPass || scheduler.now() - since + pause > repeatForMs) throw error;
      }
      await firstValueFrom(timer(pause, scheduler));
    }
  }
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The texts of an answer that is an array. */
export function texts(answer: unknown): string[] {
  return (answer as readonly unknown[]).map(String);
}

/** Fields and their values, of an answer that has them in turn. */
export function pairsOf(answer: unknown): [field: string, value: Buffer][] {
  const flat = answer as readonly Buffer[];
  return Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), flat[2 * i + 1] as Buffer]);
}
