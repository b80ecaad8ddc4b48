import { StreamError } from '../../core/errors.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import { databaseOf } from '../../drivers/redis/databaseOf.ts';
import { RedisFailure } from '../../drivers/redis/RedisFailure.ts';
import { isClusterClient, type RedisClient } from '../../drivers/redis/RedisTarget.ts';
import type { RedisPlace } from './RedisGroup.ts';
import type { RedisLayout } from './redisLayout.ts';
import { LOAD_SCRIPT, SCAN_SCRIPT } from './redisScripts.ts';

/** The offsets of these topics, or of all that can be found. */
export async function loadFromRedis(
  place: RedisPlace,
  topics: readonly string[] | undefined,
): Promise<readonly CommittedOffset[]> {
  const wanted = place.layout.keysFor(topics);
  const keys = 'keys' in wanted ? wanted.keys : await scan(place, wanted.glob);
  if (keys.length === 0) return [];
  const hashes = await place.connection.run(
    (client) => client.eval(LOAD_SCRIPT, keys.length, ...keys, databaseOf(client, place.db)) as Promise<string[][]>,
  );
  return hashes.flatMap((hash, i) => {
    const key = keys[i] as string;
    // A scan also finds the hashes of other programs; a hash that was asked for by name must be one of offsets.
    return 'keys' in wanted || holdsOffsets(hash) ? offsetsIn(place.layout, key, hash) : [];
  });
}

async function scan(place: RedisPlace, glob: string): Promise<readonly string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await place.connection.run((client) => scanPage(place, client, glob, cursor));
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}

async function scanPage(
  place: RedisPlace,
  client: RedisClient,
  glob: string,
  cursor: string,
): Promise<readonly [string, readonly string[]]> {
  if (isClusterClient(client)) {
    throw new RedisFailure(
      'refused',
      'expected the names of the topics, because a cluster cannot be searched for their keys in one place, got none',
    );
  }
  const prefix = client.options.keyPrefix ?? '';
  const pattern = prefix.replaceAll(/[\\*?[\]]/g, '\\$&') + glob;
  const page = client.eval(SCAN_SCRIPT, 0, databaseOf(client, place.db), cursor, pattern);
  const [next, keys] = (await page) as [string, string[]];
  return [next, keys.map((key) => key.slice(prefix.length))];
}

function holdsOffsets(hash: readonly string[]): boolean {
  return hash.every((text) => /^\d+$/.test(text));
}

function offsetsIn(layout: RedisLayout, key: string, hash: readonly string[]): CommittedOffset[] {
  const offsets: CommittedOffset[] = [];
  for (let i = 0; i < hash.length; i += 2) {
    const field = hash[i] as string;
    const value = hash[i + 1] as string;
    const at = layout.read(key, field);
    const partition = wholeNumberIn(at?.partition);
    const until = wholeNumberIn(value);
    if (at === undefined || partition === undefined || until === undefined) throw noOffset(key, field, value);
    offsets.push({ topic: at.topic, partition, until });
  }
  return offsets;
}

function wholeNumberIn(text: string | undefined): number | undefined {
  const number = Number(text);
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}

function noOffset(key: string, field: string, value: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `redisOffsets load: expected a partition and its offset at key ${key}, field ${JSON.stringify(field)}, ` +
      `got ${JSON.stringify(value.slice(0, 40))}. Correct or delete that field by hand, or choose another key.`,
    { details: { key, field } },
  );
}
