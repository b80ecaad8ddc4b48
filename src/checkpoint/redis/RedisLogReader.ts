import { StreamError } from '../../core/errors.ts';
import type { StoredSegment } from '../log/LogStorage.ts';
import { pairsOf, type RedisCalls, texts } from './RedisCalls.ts';
import type { StoredIndex } from './RedisLogIndex.ts';
import { PART_BYTES, PIECE_BYTES, type RedisLogKeys, segmentField, segmentOf } from './redisLogKeys.ts';
import {
  BYTES_SCRIPT,
  FIELD_SCRIPT,
  FIELDS_SCRIPT,
  HASH_SCRIPT,
  INDEX_SCRIPT,
  LOCATE_SCRIPT,
  STRING_SCRIPT,
} from './redisLogScripts.ts';

/** Reads a checkpoint; needs no ownership. */
export class RedisLogReader {
  readonly #name: string;
  readonly #keys: RedisLogKeys;
  readonly #calls: RedisCalls;

  constructor(name: string, keys: RedisLogKeys, calls: RedisCalls) {
    this.#name = name;
    this.#keys = keys;
    this.#calls = calls;
  }

  async head(savepoint: string | undefined): Promise<Uint8Array | undefined> {
    const answer =
      savepoint === undefined
        ? this.#calls.once(STRING_SCRIPT, [this.#keys.head])
        : this.#calls.once(FIELD_SCRIPT, [this.#keys.savepoint(savepoint)], ['head']);
    return ((await answer) as Buffer | null) ?? undefined;
  }

  async segments(savepoint: string | undefined): Promise<readonly string[]> {
    const fields = texts(await this.#calls.once(FIELDS_SCRIPT, [this.#namesOf(savepoint)]));
    return savepoint === undefined ? fields : fields.flatMap((field) => segmentOf(field) ?? []);
  }

  /** Fetches a segment piece by piece: it is all in memory until it is closed. */
  async open(segment: string, savepoint: string | undefined): Promise<StoredSegment | undefined> {
    const place = await this.#locate(segment, savepoint);
    if (place === undefined) return undefined;
    const { id, size } = place;
    const pieces: Buffer[] = [];
    for (let from = 0; from < size; from += PIECE_BYTES) {
      const piece = await this.#piece(id, from, Math.min(from + PIECE_BYTES, size));
      if (piece.length < Math.min(PIECE_BYTES, size - from)) {
        // The owner may have removed it meanwhile.
        const now = await this.#locate(segment, savepoint);
        if (now?.id !== id) return undefined;
        throw missing(this.#name, segment, from + piece.length, size);
      }
      pieces.push(piece);
    }
    return fetched(pieces, size);
  }

  /** All that is named, for the owner. */
  async index(): Promise<StoredIndex> {
    const { segments, sizes, savepoints } = this.#keys;
    const answer = (await this.#calls.once(INDEX_SCRIPT, [segments, sizes, savepoints])) as unknown[];
    const kept = new Map<string, ReadonlyMap<string, string>>();
    for (const name of texts(answer[2])) kept.set(name, await this.#savepoint(name));
    return {
      segments: new Map(pairsOf(answer[0]).map(([name, id]) => [name, String(id)])),
      sizes: new Map(pairsOf(answer[1]).map(([id, size]) => [id, Number(size)])),
      savepoints: kept,
    };
  }

  async #savepoint(name: string): Promise<ReadonlyMap<string, string>> {
    const fields = pairsOf(await this.#calls.once(HASH_SCRIPT, [this.#keys.savepoint(name)]));
    return new Map(
      fields.flatMap(([field, id]) => {
        const segment = segmentOf(field);
        return segment === undefined ? [] : [[segment, String(id)] as const];
      }),
    );
  }

  #namesOf(savepoint: string | undefined): string {
    return savepoint === undefined ? this.#keys.segments : this.#keys.savepoint(savepoint);
  }

  async #locate(segment: string, savepoint: string | undefined): Promise<{ id: string; size: number } | undefined> {
    const field = savepoint === undefined ? segment : segmentField(segment);
    const [id, size] = texts(
      await this.#calls.once(LOCATE_SCRIPT, [this.#namesOf(savepoint), this.#keys.sizes], [field]),
    );
    if (id === undefined) return undefined;
    if (!size) throw missing(this.#name, segment, 0, undefined);
    return { id, size: Number(size) };
  }

  /** Bytes from `from` to `to`, which lie in one part. */
  async #piece(id: string, from: number, to: number): Promise<Buffer> {
    const part = Math.floor(from / PART_BYTES);
    const start = part * PART_BYTES;
    const range = [from - start, to - start - 1];
    return (await this.#calls.once(BYTES_SCRIPT, [this.#keys.bytes(id, part)], range)) as Buffer;
  }
}

function fetched(pieces: readonly Buffer[], size: number): StoredSegment {
  let held = pieces;
  return {
    size,
    read(from, to) {
      const end = Math.min(to, size);
      if (from >= end) return new Uint8Array(0);
      const first = Math.floor(from / PIECE_BYTES);
      const last = Math.floor((end - 1) / PIECE_BYTES);
      const bytes = first === last ? (held[first] as Buffer) : Buffer.concat(held.slice(first, last + 1));
      return bytes.subarray(from - first * PIECE_BYTES, end - first * PIECE_BYTES);
    },
    close() {
      held = [];
    },
  };
}

function missing(name: string, segment: string, found: number, size: number | undefined): StreamError {
  const expected = size === undefined ? 'the size and the bytes' : `${size} bytes`;
  return new StreamError(
    'CHECKPOINT_CORRUPT',
    `${name}: expected ${expected} of the segment ${segment}, got ${found}. Something has deleted keys of the checkpoint: another program, or ` +
      'Redis itself under a maxmemory-policy that is not noeviction. Nothing was changed.',
    { details: { segment, found } },
  );
}
