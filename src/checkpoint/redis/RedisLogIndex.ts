import type { Step } from './RedisOwner.ts';
import { PART_BYTES, PIECE_BYTES, partsOf, type RedisLogKeys, segmentField } from './redisLogKeys.ts';

/** What Redis has of a checkpoint besides bytes. */
export interface StoredIndex {
  /** Name of a segment -> id of its bytes. */
  readonly segments: Map<string, string>;
  /** Id -> how many bytes. */
  readonly sizes: Map<string, number>;
  /** Name of a savepoint -> name of a segment -> id. */
  readonly savepoints: Map<string, ReadonlyMap<string, string>>;
}

/** A change: its steps in Redis, and what is to be noted here when they are done. */
export interface IndexedWrite {
  readonly steps: readonly Step[];
  note(): void;
}

/**
 * The owner's copy of the index: what is named what, how long it is and which savepoints share it. Only the owner changes it in Redis, so the
 * copy is right as long as he is one. It turns each change into steps; bytes that nothing names any more are removed by the same steps.
 */
export class RedisLogIndex {
  readonly #keys: RedisLogKeys;
  readonly #epoch: string;
  readonly #index: StoredIndex;
  #begun = 0;

  constructor(keys: RedisLogKeys, epoch: string, index: StoredIndex) {
    this.#keys = keys;
    this.#epoch = epoch;
    this.#index = index;
  }

  /** One write for each piece; each is to be noted before the next is asked for. */
  *append(segment: string, bytes: Uint8Array): Generator<IndexedWrite> {
    let done = 0;
    do {
      const { segments, sizes } = this.#index;
      const known = segments.get(segment);
      const id = known ?? this.newId();
      const size = sizes.get(id) ?? 0;
      const inPart = size % PART_BYTES;
      const piece = bytes.subarray(done, done + Math.min(PIECE_BYTES, PART_BYTES - inPart));
      const after = size + piece.length;
      const steps: Step[] = [];
      if (piece.length > 0) steps.push(['APPEND', this.#keys.bytes(id, Math.floor(size / PART_BYTES)), inPart, piece]);
      if (known === undefined) steps.push(['HSET', this.#keys.segments, segment, id]);
      steps.push(['HSET', this.#keys.sizes, id, after]);
      yield {
        steps,
        note() {
          segments.set(segment, id);
          sizes.set(id, after);
        },
      };
      done += piece.length;
    } while (done < bytes.length);
  }

  remove(names: readonly string[]): IndexedWrite {
    const there = names.filter((name) => this.#index.segments.has(name));
    const segments = new Map(this.#index.segments);
    for (const name of there) segments.delete(name);
    const steps = there.map((name): Step => ['HDEL', this.#keys.segments, name]);
    return this.#change({ ...this.#index, segments }, steps);
  }

  /** A savepoint of these segments; the id of each must be known. It shares their bytes with the checkpoint. */
  savepoint(name: string, head: Uint8Array | undefined, segments: ReadonlyMap<string, string>): IndexedWrite {
    const savepoints = new Map(this.#index.savepoints).set(name, segments);
    return this.#change({ ...this.#index, savepoints }, this.#savepointSteps(name, head, segments));
  }

  /** All there is becomes that savepoint, and nothing is left but savepoints. */
  setAside(name: string, head: Uint8Array | undefined): IndexedWrite {
    const { segments } = this.#index;
    const savepoints = new Map(this.#index.savepoints).set(name, segments);
    const steps = this.#savepointSteps(name, head, segments);
    steps.push(['UNLINK', this.#keys.head], ['UNLINK', this.#keys.segments]);
    return this.#change({ ...this.#index, savepoints, segments: new Map() }, steps);
  }

  /** Removes what nothing names: the bytes of savepoints that were deleted by hand. */
  sweep(): IndexedWrite {
    return this.#change(this.#index, []);
  }

  /** A text that nothing here was ever named. */
  newId(): string {
    return `${this.#epoch}-${++this.#begun}`;
  }

  /** The id of a segment's bytes. */
  idOf(segment: string): string | undefined {
    return this.#index.segments.get(segment);
  }

  #savepointSteps(name: string, head: Uint8Array | undefined, segments: ReadonlyMap<string, string>): Step[] {
    const key = this.#keys.savepoint(name);
    const steps: Step[] = [
      ['SADD', this.#keys.savepoints, name],
      ['UNLINK', key],
    ];
    if (head !== undefined) steps.push(['HSET', key, 'head', head]);
    for (const [segment, id] of segments) steps.push(['HSET', key, segmentField(segment), id]);
    return steps;
  }

  /** The steps and those that remove what `after` does not name any more. */
  #change(after: StoredIndex, steps: readonly Step[]): IndexedWrite {
    const keys = this.#keys;
    const named = new Set(after.segments.values());
    for (const segments of after.savepoints.values()) for (const id of segments.values()) named.add(id);
    const gone = [...after.sizes].filter(([id]) => !named.has(id));
    const removals = gone.flatMap(([id, size]): Step[] => [
      ...partsOf(keys, id, size).map((key): Step => ['UNLINK', key]),
      ['HDEL', keys.sizes, id],
    ]);
    const index = this.#index;
    return {
      steps: [...steps, ...removals],
      note() {
        for (const [id] of gone) index.sizes.delete(id);
        replace(index.segments, after.segments);
        replace(index.savepoints, after.savepoints);
      },
    };
  }
}

function replace<V>(map: Map<string, V>, by: ReadonlyMap<string, V>): void {
  if (map === by) return;
  const entries = [...by];
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
