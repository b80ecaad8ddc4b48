import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import type { Generation } from '../../drivers/files/readGenerations.ts';
import { sealJson, unsealJson } from '../../drivers/files/sealedJson.ts';
import type { HeldOffsets } from '../commitPlan.ts';

/** Which store object took a file over, and how many did so up to it. */
export interface FileOwner {
  readonly epoch: number;
  readonly writer: string;
}

/** What an offsets file says. */
export interface OffsetsFile {
  /** Rises by one with each write. */
  readonly generation: number;
  /** Which store object wrote it: host, process and a random part. */
  readonly writer: string;
  readonly offsets: HeldOffsets;
  /** Who may write; nobody in particular where nobody took it over. */
  readonly owner?: FileOwner;
  /** A person wrote it: its checksum says `none`. */
  readonly edited: boolean;
}

const FORMAT = 'rx-dstream offsets 1';

/** The file's text: readable JSON, topics and partitions in order, sealed with a checksum. */
export function printOffsetsFile(file: Omit<OffsetsFile, 'edited'>): string {
  return sealJson({
    format: FORMAT,
    generation: file.generation,
    writer: file.writer,
    ...(file.owner === undefined ? {} : { owner: file.owner }),
    offsets: nested(file.offsets.values()),
  });
}

/** Understands an offsets file, or says what is wrong with it. */
export function parseOffsetsFile(content: Buffer): Generation<OffsetsFile> {
  const unsealed = unsealJson(content.toString('utf8'));
  if (unsealed.found === 'damage') return unsealed;
  const { format, generation, writer, owner, offsets } = (unsealed.value ?? {}) as Record<string, unknown>;
  if (format !== FORMAT) return damage(`its format is ${JSON.stringify(format)}, not ${JSON.stringify(FORMAT)}`);
  if (!isOffset(generation)) return damage('its generation is no whole number');
  if (typeof writer !== 'string') return damage('it names no writer');
  const flat = flattened(offsets);
  if (typeof flat === 'string') return damage(flat);
  if (owner !== undefined && !isOwner(owner)) return damage('its owner is none');
  const owned = owner === undefined ? {} : { owner };
  return { found: 'value', value: { generation, writer, offsets: flat, ...owned, edited: unsealed.edited } };
}

function isOwner(value: unknown): value is FileOwner {
  const { epoch, writer } = (value ?? {}) as Partial<FileOwner>;
  return isOffset(epoch) && typeof writer === 'string';
}

/** Topics may be called `__proto__`, so the objects have no prototype. */
function nested(offsets: Iterable<CommittedOffset>): Record<string, Record<string, number>> {
  const topics: Record<string, Record<string, number>> = Object.create(null);
  const order = (a: CommittedOffset, b: CommittedOffset): number =>
    a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition;
  for (const { topic, partition, until } of [...offsets].sort(order)) {
    topics[topic] ??= Object.create(null) as Record<string, number>;
    topics[topic][partition] = until;
  }
  return topics;
}

function flattened(offsets: unknown): HeldOffsets | string {
  if (!isPlainObject(offsets)) return 'its offsets are no object of topics';
  const flat = new Map<string, CommittedOffset>();
  for (const [topic, partitions] of Object.entries(offsets)) {
    if (!isPlainObject(partitions)) return `the offsets of topic ${JSON.stringify(topic)} are no object of partitions`;
    for (const [name, until] of Object.entries(partitions)) {
      const partition = Number(name);
      if (!/^\d+$/.test(name) || !isOffset(partition) || !isOffset(until)) {
        return `topic ${JSON.stringify(topic)} has ${JSON.stringify(name)}: ${JSON.stringify(until)}, which is no partition with an offset`;
      }
      flat.set(partitionKey({ topic, partition }), { topic, partition, until });
    }
  }
  return flat;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function damage(what: string): Generation<OffsetsFile> {
  return { found: 'damage', what };
}
