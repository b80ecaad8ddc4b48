import { refuse } from '../../core/arguments.ts';

/** Bytes of one string in Redis: a segment is cut into these, since a string ends at 512 MB and a long one is slow to free. */
export const PART_BYTES: number = 8 * 1024 * 1024;

/** Bytes that one command carries: a server does nothing else while it takes them. */
export const PIECE_BYTES: number = 1024 * 1024;

/** The keys of one checkpoint; a hash tag puts all of them on one node of a cluster. */
export interface RedisLogKeys {
  /** Hash: `epoch`, `token`, `writes`, `until`, `lease`, `attempt`, `who`. */
  readonly owner: string;
  /** String: what was published last. */
  readonly head: string;
  /** Hash: name of a segment -> id of its bytes. */
  readonly segments: string;
  /** Hash: id -> how many bytes there are of it. */
  readonly sizes: string;
  /** Set: the names of the savepoints. */
  readonly savepoints: string;
  /** Hash: `head`, and `segment:<name>` -> id of its bytes, which the checkpoint may use too. */
  savepoint(name: string): string;
  /** String: bytes of `id` from `part * PART_BYTES`. */
  bytes(id: string, part: number): string;
}

/** The keys of the checkpoint `key`. */
export function redisLogKeys(key: string): RedisLogKeys {
  const base = `rx-dstream:{${key}}:checkpoint`;
  return {
    owner: `${base}:owner`,
    head: `${base}:head`,
    segments: `${base}:segments`,
    sizes: `${base}:sizes`,
    savepoints: `${base}:savepoints`,
    savepoint: (name) => `${base}:savepoint:${savepointName(name)}`,
    bytes: (id, part) => `${base}:bytes:${id}:${part}`,
  };
}

/** The keys of all bytes of an id. */
export function partsOf(keys: RedisLogKeys, id: string, size: number): string[] {
  return Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, part) => keys.bytes(id, part));
}

const SEGMENT = 'segment:';

/** The field of a savepoint's hash for a segment. */
export function segmentField(name: string): string {
  return SEGMENT + name;
}

/** The segment that a field of a savepoint's hash is for; `undefined` for its head. */
export function segmentOf(field: string): string | undefined {
  return field.startsWith(SEGMENT) ? field.slice(SEGMENT.length) : undefined;
}

/** The names that every place of checkpoints takes, so that a savepoint can be kept under its name elsewhere too. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

function savepointName(name: string): string {
  if (NAME.test(name)) return name;
  const expected = 'a name of 1 to 100 letters, digits, ".", "-" and "_" that does not begin with "."';
  return refuse('redisCheckpoint(savepoint)', expected, name);
}
