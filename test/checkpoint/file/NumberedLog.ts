import type { FolderLog } from '../../../src/checkpoint/file/folderLog.ts';

interface Part {
  readonly segment: string;
  /** The number of its first record. */
  readonly first: number;
  /** How much of it counts; the last one may have grown. */
  readonly length: number;
}

/**
 * The smallest that uses a storage as a logged checkpoint does: a record is its size, its number and bytes made of that. Reading fails wherever a record
 * that was answered is missing, twice or broken.
 */
export class NumberedLog {
  readonly #storage: FolderLog;
  readonly #parts: Part[];
  #life: number;
  #current: string;
  #length = 0;
  next: number;

  private constructor(storage: FolderLog, found: Found) {
    this.#storage = storage;
    this.#parts = [...found.parts];
    this.#life = found.life + 1;
    this.next = found.next;
    this.#current = this.#name();
  }

  /** Owns the storage, reads all and goes on in a segment of its own. */
  static async begin(storage: FolderLog): Promise<NumberedLog> {
    await storage.own();
    const log = new NumberedLog(storage, await readNumbers(storage));
    await log.#publish();
    const named = new Set(log.#parts.map(({ segment }) => segment));
    await storage.remove((await storage.segments()).filter((segment) => !named.has(segment)));
    return log;
  }

  async append(size: number): Promise<void> {
    const bytes = record(this.next, size);
    await this.#storage.append(this.#current, bytes.subarray(0, 5), false);
    await this.#storage.append(this.#current, bytes.subarray(5), true);
    this.#length += bytes.length;
    this.next += 1;
  }

  /** Begins a new segment. */
  async rotate(): Promise<void> {
    if (this.#length > 0) this.#parts.push({ ...this.#open(), length: this.#length });
    this.#length = 0;
    this.#current = this.#name();
    await this.#publish();
  }

  /** Forgets the oldest segment. */
  async shorten(): Promise<void> {
    const oldest = this.#parts.shift();
    if (oldest === undefined) return;
    await this.#publish();
    await this.#storage.remove([oldest.segment]);
  }

  async save(): Promise<void> {
    await this.rotate();
    const head = encoded({ life: this.#life, parts: this.#parts });
    await this.#storage.copy(
      'saved',
      head,
      this.#parts.map(({ segment }) => segment),
    );
  }

  async #publish(): Promise<void> {
    await this.#storage.publish(encoded({ life: this.#life, parts: [...this.#parts, this.#open()] }));
  }

  #open(): Part {
    const first = this.#length === 0 ? this.next : this.#first;
    this.#first = first;
    return { segment: this.#current, first, length: 0 };
  }

  #first = 0;

  #name(): string {
    return `log-${this.#life}-${this.next}`;
  }
}

/** What was read. */
export interface Found {
  readonly life: number;
  readonly parts: readonly Part[];
  /** The numbers from `first` to before `next` are all there. */
  readonly first: number;
  readonly next: number;
}

/** Reads all that the head names; throws where it is no whole log. */
export async function readNumbers(storage: FolderLog, savepoint?: string): Promise<Found> {
  const bytes = await storage.head(savepoint);
  if (bytes === undefined) return { life: 0, parts: [], first: 0, next: 0 };
  const head = JSON.parse(Buffer.from(bytes).toString()) as { life: number; parts: readonly Part[] };
  const parts: Part[] = [];
  let next = head.parts[0]?.first ?? 0;
  const first = next;
  for (const [at, part] of head.parts.entries()) {
    const isLast = at === head.parts.length - 1;
    if (part.first !== next) throw new Error(`${part.segment} begins with ${part.first}, ${next} is missing`);
    const all = await bytesOf(storage, part.segment, savepoint);
    if (all === undefined && !(isLast && part.length === 0)) throw new Error(`${part.segment} is missing`);
    const end = isLast && part.length === 0 ? (all?.length ?? 0) : part.length;
    let from = 0;
    for (let size = sizeAt(all, from, end); size !== undefined; size = sizeAt(all, from, end)) {
      const expected = record(next, size);
      if (Buffer.compare(expected, (all as Buffer).subarray(from, from + expected.length)) !== 0)
        throw new Error(`${next} is broken`);
      from += expected.length;
      next += 1;
    }
    if (!isLast && from !== end) throw new Error(`${part.segment} ends at ${from}, not at ${end}`);
    if (from > 0) parts.push({ ...part, length: from });
  }
  return { life: head.life, parts, first, next };
}

/** The size of the record that begins here, if all of it is there. */
function sizeAt(all: Buffer | undefined, from: number, end: number): number | undefined {
  if (all === undefined || from + 8 > end) return undefined;
  const size = all.readUInt32LE(from);
  return from + 8 + size > end ? undefined : size;
}

function record(number: number, size: number): Buffer {
  const bytes = Buffer.alloc(8 + size, number % 251);
  bytes.writeUInt32LE(size, 0);
  bytes.writeUInt32LE(number, 4);
  return bytes;
}

async function bytesOf(storage: FolderLog, segment: string, savepoint?: string): Promise<Buffer | undefined> {
  const opened = await storage.open(segment, savepoint);
  if (opened === undefined) return undefined;
  try {
    return Buffer.from(opened.read(0, opened.size));
  } finally {
    opened.close();
  }
}

function encoded(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
