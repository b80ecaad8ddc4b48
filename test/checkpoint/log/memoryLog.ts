import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { StreamError } from '../../../src/core/errors.ts';

/** A piece that was appended; until it is lasting a crash of the machine may tear it. */
interface Piece {
  readonly bytes: Buffer;
  readonly isLasting: boolean;
}

interface Kept {
  head: Buffer | undefined;
  readonly segments: Map<string, Buffer>;
}

/** What a crash does to the call that it meets: nothing of it is done, a part, or all, unanswered. */
export type CrashPoint = 'before' | 'amid' | 'after';

/** A medium in memory that outlives the processes that write to it. */
export class MemoryPlace {
  readonly live: { head: Buffer | undefined; readonly segments: Map<string, Piece[]> } = {
    head: undefined,
    segments: new Map(),
  };
  readonly savepoints: Map<string, Kept> = new Map();
  readonly aside: Kept[] = [];
  owner: object | undefined;

  /** All bytes of a segment. */
  bytes(segment: string): Buffer | undefined {
    const pieces = this.live.segments.get(segment);
    return pieces && (pieces.length === 1 ? pieces[0]?.bytes : Buffer.concat(pieces.map(({ bytes }) => bytes)));
  }

  setBytes(segment: string, bytes: Uint8Array): void {
    this.live.segments.set(segment, [{ bytes: Buffer.from(bytes), isLasting: true }]);
  }

  /** A medium with the same bytes that goes its own way. */
  copy(): MemoryPlace {
    const other = new MemoryPlace();
    other.live.head = this.live.head;
    for (const [name, pieces] of this.live.segments) other.live.segments.set(name, [...pieces]);
    for (const [name, { head, segments }] of this.savepoints) {
      other.savepoints.set(name, { head, segments: new Map(segments) });
    }
    return other;
  }

  /** The machine goes down: of what was not lasting any part may be there, with zeros where another is missing. */
  lose(random: () => number): void {
    this.owner = undefined;
    for (const [name, pieces] of this.live.segments) {
      const at = pieces.findIndex(({ isLasting }) => !isLasting);
      if (at < 0) continue;
      const lost = Buffer.concat(pieces.slice(at).map(({ bytes }) => torn(bytes, random)));
      const end = random() < 0.5 ? lost.length : Math.floor(random() * (lost.length + 1));
      const kept = [...pieces.slice(0, at), { bytes: lost.subarray(0, end), isLasting: true }];
      this.live.segments.set(name, kept);
    }
  }
}

/** What a process sees of a {@link MemoryPlace}, until it crashes. */
export interface MemoryLog extends LogStorage {
  /** Calls so far that change something. */
  readonly writes: number;
  /** Whether it has not crashed. */
  readonly isAlive: boolean;
}

/** How the calls of a {@link memoryLog} fare. */
export interface MemoryLogOptions {
  /** Called before each call that changes something: a crash point ends the process there, an error fails that call. */
  readonly fate?: (call: number, name: string, segment: string) => CrashPoint | Error | undefined;
  readonly random?: () => number;
  /** Answers later, as files do. */
  readonly isLate?: boolean;
}

/** The process was ended by {@link MemoryLogOptions.fate}. */
export class Crashed extends Error {}

/** Keeps a log in memory, for tests: it can crash at any call. */
export function memoryLog(place: MemoryPlace, options: MemoryLogOptions = {}): MemoryLog {
  const { fate = () => undefined, random = () => 0.5, isLate = false } = options;
  const me = {};
  let writes = 0;
  let isDead = false;

  function alive(): void {
    if (isDead) throw new Crashed('the process has crashed');
  }

  function mine(): void {
    if (place.owner === me) return;
    throw new StreamError('CHECKPOINT_TAKEN', 'the checkpoint in memory was taken over by another context');
  }

  /** Does `whole`, unless fate has it otherwise: then nothing, `part` of it, or all without an answer. */
  async function changing(name: string, whole: () => void, part = (): void => {}, segment = ''): Promise<void> {
    alive();
    mine();
    const fated = fate(writes++, name, segment);
    if (fated instanceof Error) {
      if (random() < 0.5) part();
      throw fated;
    }
    if (fated === 'amid') part();
    else if (fated !== 'before') whole();
    if (fated !== undefined) {
      isDead = true;
      throw new Crashed(`crashed ${fated} ${name}`);
    }
    if (isLate) await new Promise((done) => setImmediate(done));
  }

  function add(segment: string, piece: Piece): void {
    place.live.segments.set(segment, [...(place.live.segments.get(segment) ?? []), piece]);
  }

  function makeLasting(segment: string): void {
    const pieces = place.live.segments.get(segment) ?? [];
    place.live.segments.set(
      segment,
      pieces.map(({ bytes }) => ({ bytes, isLasting: true })),
    );
  }

  function keptOf(savepoint: string | undefined): Kept {
    alive();
    if (savepoint !== undefined) return place.savepoints.get(savepoint) ?? { head: undefined, segments: new Map() };
    const names = [...place.live.segments.keys()];
    return { head: place.live.head, segments: new Map(names.map((name) => [name, place.bytes(name) as Buffer])) };
  }

  return {
    name: 'memory',
    get writes() {
      return writes;
    },
    get isAlive() {
      return !isDead;
    },
    async own() {
      alive();
      if (place.owner !== undefined && place.owner !== me) {
        throw new StreamError('CHECKPOINT_OWNED', 'the checkpoint in memory belongs to another context');
      }
      place.owner = me;
    },
    async release() {
      alive();
      if (place.owner === me) place.owner = undefined;
    },
    head: async (savepoint) => {
      alive();
      return savepoint === undefined ? place.live.head : keptOf(savepoint).head;
    },
    segments: async (savepoint) => {
      alive();
      return [...(savepoint === undefined ? place.live.segments : keptOf(savepoint).segments).keys()];
    },
    async open(segment, savepoint) {
      alive();
      const bytes = savepoint === undefined ? place.bytes(segment) : keptOf(savepoint).segments.get(segment);
      if (bytes === undefined) return undefined;
      return { size: bytes.length, read: (from, to) => bytes.subarray(from, to), close() {} };
    },
    append(segment, bytes, isLasting) {
      const piece = { bytes: Buffer.from(bytes), isLasting: false };
      return changing(
        'append',
        () => {
          add(segment, piece);
          if (isLasting) makeLasting(segment);
        },
        () =>
          add(segment, { bytes: piece.bytes.subarray(0, Math.floor(random() * piece.bytes.length)), isLasting: false }),
        segment,
      );
    },
    publish: (head) =>
      changing('publish', () => {
        place.live.head = Buffer.from(head);
        for (const segment of place.live.segments.keys()) makeLasting(segment);
      }),
    remove: (segments) =>
      changing(
        'remove',
        () => {
          for (const segment of segments) place.live.segments.delete(segment);
        },
        () => {
          for (const segment of segments) if (random() < 0.5) place.live.segments.delete(segment);
        },
      ),
    copy: (savepoint, head, segments) =>
      changing('copy', () => {
        const copies = segments.map((segment) => {
          const bytes = place.bytes(segment);
          if (bytes === undefined) throw new StreamError('CHECKPOINT_FAILED', `there is no segment ${segment}`);
          return [segment, bytes] as const;
        });
        place.savepoints.set(savepoint, { head: Buffer.from(head), segments: new Map(copies) });
      }),
    async setAside() {
      place.aside.push(keptOf(undefined));
      await changing('setAside', () => {
        place.live.head = undefined;
        place.live.segments.clear();
      });
      return `aside-${place.aside.length}`;
    },
  };
}

/** What is left of a piece: all, none (zeros, where others follow), or its beginning. */
function torn(bytes: Buffer, random: () => number): Buffer {
  const way = random();
  if (way < 0.4) return bytes;
  const left = Buffer.alloc(bytes.length);
  if (way < 0.7) bytes.copy(left, 0, 0, Math.floor(random() * bytes.length));
  return left;
}
