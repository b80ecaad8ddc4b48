import { refuse } from '../../core/arguments.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';

/** Where in Redis an offset is kept: a hash, and a field of it. */
export interface RedisLayout {
  /** The hash of the owner and of its transactions, in the hash slot of the offsets where they have a common one. */
  readonly ownerKey: string;
  keyOf(topic: string): string;
  fieldOf(offset: Pick<CommittedOffset, 'topic' | 'partition'>): string;
  /** The topic and partition of a field, `undefined` where the field is none of this layout's. */
  read(key: string, field: string): { readonly topic: string; readonly partition: string } | undefined;
  /** The keys to load, or a glob that finds them. */
  keysFor(topics: readonly string[] | undefined): { readonly keys: readonly string[] } | { readonly glob: string };
}

/** One hash for the group, `rx-dstream:{<group>}:offsets`, with a field `<topic>:<partition>` for each partition. */
export function groupLayout(group: string): RedisLayout {
  const key = `rx-dstream:{${group}}:offsets`;
  return {
    ownerKey: ownerKey(group),
    keyOf: () => key,
    fieldOf: ({ topic, partition }) => `${topic}:${partition}`,
    read(_, field) {
      const colon = field.lastIndexOf(':');
      return colon < 0 ? undefined : { topic: field.slice(0, colon), partition: field.slice(colon + 1) };
    },
    keysFor: () => ({ keys: [key] }),
  };
}

/** One hash for each topic, its key made from `template`, with the partition as field. */
export function topicLayout(template: string, group: string): RedisLayout {
  const [before, after, ...more] = template.split('{topic}');
  if (before === undefined || after === undefined || more.length > 0) {
    refuse(
      'redisOffsets(keyTemplate)',
      'a text that names {topic} once',
      template,
      'For example "offsets:{group}:{topic}".',
    );
  }
  const start = before.replaceAll('{group}', group);
  const end = after.replaceAll('{group}', group);
  const keyOf = (topic: string): string => `${start}${topic}${end}`;
  return {
    ownerKey: ownerKey(group, hashTag(start) ?? (start.includes('{') ? undefined : hashTag(end))),
    keyOf,
    fieldOf: ({ partition }) => String(partition),
    read: (key, field) => ({ topic: key.slice(start.length, key.length - end.length), partition: field }),
    keysFor: (topics) =>
      topics === undefined ? { glob: `${escaped(start)}*${escaped(end)}` } : { keys: [...new Set(topics)].map(keyOf) },
  };
}

function ownerKey(group: string, tag: string = group): string {
  return tag === group ? `rx-dstream:{${group}}:owner` : `rx-dstream:{${tag}}:${group}:owner`;
}

/** What a cluster takes the slot of a key from, where it is not the whole key. */
function hashTag(text: string): string | undefined {
  return /^[^{]*\{([^}]+)\}/.exec(text)?.[1];
}

function escaped(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, '\\$&');
}
