/** The head of a checkpoint: what a newer version wrote is told from what is broken. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CLONES, decodeHead, encodeHead, type Head } from '../../../../src/checkpoint/log/format/head.ts';
import { loggedCheckpoint } from '../../../../src/checkpoint/log/loggedCheckpoint.ts';
import { promised } from '../../../../src/core/Answer.ts';
import { kept, loaded, NOTHING } from '../../../../src/testing/checkpoint/kept.ts';
import { batchAt, change, plan, refusal } from '../../../../src/testing/checkpoint/writing.ts';
import { MemoryPlace, memoryLog } from '../memoryLog.ts';

const head: Head = { life: 3, clones: CLONES, node: process.versions.node, base: undefined, log: [], isClosed: false };

/** The same bytes as a later version of the format would begin them, under a checksum that fits. */
function ofFormat(format: number, bytes: Uint8Array): Buffer {
  const later = Buffer.from(bytes);
  later.writeUInt32LE(format, 4);
  later.writeUInt32LE(crc32(later.subarray(16), crc32(later.subarray(0, 12))), 12);
  return later;
}

/** A head that says nothing we know. */
function wordsAsHead(words: string): Buffer {
  const bytes = Buffer.concat([encodeHead(head).subarray(0, 16), Buffer.from(words)]);
  bytes.writeUInt32LE(bytes.length - 16, 8);
  return bytes;
}

/** A place with one settled batch, and then another head. */
async function placeWith(newHead: (bytes: Uint8Array) => Uint8Array): Promise<MemoryPlace> {
  const place = new MemoryPlace();
  const store = loggedCheckpoint(memoryLog(place));
  await loaded(store);
  await change(store, 1000, { 'a/keys': { added: [[1, 'a', 1]] } });
  await promised(() => store.savepoint?.('kept'));
  await promised(() => store.close());
  place.live.head = Buffer.from(newHead(place.live.head as Buffer));
  const savepoint = place.savepoints.get('kept') as { head: Buffer };
  savepoint.head = Buffer.from(newHead(savepoint.head));
  return place;
}

const changed =
  (part: Partial<Head>) =>
  (bytes: Uint8Array): Uint8Array =>
    encodeHead({ ...decodeHead(bytes, 'memory'), ...part });

const newerOnes: readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp][] = [
  ['a newer format', (bytes) => ofFormat(2, bytes), /has format 2, this version of rx-dstream reads up to 1/],
  ['a newer format whose head is no JSON', () => ofFormat(7, wordsAsHead('what is to come')), /has format 7/],
  [
    'a newer V8',
    changed({ clones: CLONES + 1, node: '99.1.0' }),
    new RegExp(`Node 99\\.1\\.0 wrote values that Node ${process.versions.node.replaceAll('.', '\\.')} does not`),
  ],
];

describe('a checkpoint that was written by', () => {
  it.each(newerOnes)(
    '%s is refused as newer, by load, by inspect and as a savepoint, and left as it is',
    async (_, newHead, message) => {
      const place = await placeWith(newHead);
      const before = [place.live.head, [...place.live.segments.keys()]];
      const store = loggedCheckpoint(memoryLog(place));
      const newer = { code: 'CHECKPOINT_NEWER', retriable: false, message: expect.stringMatching(message) };
      await expect(loaded(store)).rejects.toMatchObject(newer);
      await expect(loaded(store)).rejects.toMatchObject({
        message: expect.stringMatching(/Run the newer version again/),
      });
      await expect(promised(() => store.inspect?.(kept))).rejects.toMatchObject(newer);
      await expect(promised(() => store.inspect?.(kept, 'kept'))).rejects.toMatchObject(newer);
      expect([place.live.head, [...place.live.segments.keys()]]).toEqual(before);
      expect(place.owner).toBeUndefined();
    },
  );

  it.each(newerOnes)('%s is set aside where that is asked for', async (_, newHead) => {
    const place = await placeWith(newHead);
    const store = loggedCheckpoint(memoryLog(place), { onUnreadable: 'setAside' });
    expect(await loaded(store)).toEqual(NOTHING);
    await plan(store, batchAt(2000));
    expect(place.aside).toHaveLength(1);
  });

  it('an older V8 is read', async () => {
    const place = await placeWith(changed({ clones: CLONES - 1, node: '18.0.0' }));
    const found = await loaded(loggedCheckpoint(memoryLog(place)));
    expect(found.states['a/keys']?.entries).toEqual([[1, 'a', 1]]);
  });
});

it('a head of a newer format under a checksum that does not fit is broken, not newer', async () => {
  const bytes = ofFormat(2, encodeHead(head));
  bytes[20] = (bytes[20] as number) ^ 1;
  const place = await placeWith(() => bytes);
  expect(await refusal(() => loaded(loggedCheckpoint(memoryLog(place))))).toBe('CHECKPOINT_CORRUPT');
});
