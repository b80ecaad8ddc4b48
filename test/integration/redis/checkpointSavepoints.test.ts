/** Savepoints of a running pipeline, looking on, and moving between Redis and a folder. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import {
  type CheckpointStore,
  type DurableCheckpoint,
  describeCheckpoint,
  type Progress,
  type StreamingContext,
  savepointOf,
} from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import { redisCheckpoint } from 'rx-dstream/redis';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';
import { countNumbers, exactTotal } from './countNumbers.ts';

const folder = temporaryFolder();
const streams: StreamingContext[] = [];
let direct: Redis | undefined;

const inRedis = (key: string, options: object = {}): DurableCheckpoint =>
  redisCheckpoint({ redis: redisUrl(), key, ...options });

/** Starts counting and answers what each batch had counted, as it goes on. */
function count(checkpoint: CheckpointStore): { readonly stream: StreamingContext; readonly totals: number[] } {
  const totals: number[] = [];
  const { stream, chain } = countNumbers(checkpoint, (counts) => totals.push(exactTotal(counts)));
  chain.subscribe();
  streams.push(stream);
  return { stream, totals };
}

const batches = (totals: readonly number[], n: number): Promise<void> =>
  vi.waitFor(() => expect(totals.length).toBeGreaterThan(n), { timeout: 60_000, interval: 5 });

/** How far a savepoint, or the checkpoint itself, has counted. */
async function countedIn(store: DurableCheckpoint, savepoint?: string): Promise<number> {
  return (await describeCheckpoint(store, savepoint)).positions.numbers as number;
}

skipUnless('redis')('a checkpoint in Redis', () => {
  afterEach(async () => {
    for (const stream of streams.splice(0)) await stream.stop();
  });

  afterAll(() => direct?.disconnect());

  it('is described while somebody else runs on it, and says how big its states are', async () => {
    const key = freshName('described');
    const { totals } = count(inRedis(key));
    await batches(totals, 5);
    const description = await describeCheckpoint(inRedis(key));
    const state = description.states.find(({ name }) => name === 'counts/keys');
    expect(state?.keys).toBe(10);
    expect(state?.bytes).toBeGreaterThan(50);
    expect(description.positions.numbers).toBeGreaterThanOrEqual(5 * 20);
    await batches(totals, totals.length + 5);
  });

  it('can be looked at while it is merged again and again', async () => {
    const key = freshName('merged');
    const { totals } = count(inRedis(key, { compactAfterBytes: 2_000 }));
    await batches(totals, 3);
    let before = 0;
    for (let look = 0; look < 60; look++) {
      const counted = await countedIn(inRedis(key));
      expect(counted).toBeGreaterThanOrEqual(before);
      before = counted;
    }
    direct ??= new Redis(redisUrl());
    const reader = direct;
    const isMerged = async (): Promise<boolean> =>
      (await reader.get(`rx-dstream:{${key}}:checkpoint:head`))?.includes('"base":{') === true;
    while (!(await isMerged())) await batches(totals, totals.length + 1);
  });

  it('lets a process end that has only looked on', async () => {
    const key = freshName('looked');
    const { totals } = count(inRedis(key));
    await batches(totals, 3);
    const program = fileURLToPath(new URL('./lookOn.ts', import.meta.url));
    const flags = ['--import', 'tsx', '--conditions=rx-dstream:source'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, redisUrl(), key]);
    expect(Number(stdout)).toBeGreaterThanOrEqual(20);
  });

  it('keeps savepoints while it runs; each starts another run, exactly there, also in a folder and back', async () => {
    const key = freshName('savepoint');
    const store = inRedis(key);
    const { stream, totals } = count(store);
    await batches(totals, 5);
    await store.savepoint('early');
    await batches(totals, totals.length + 20);
    await store.savepoint('late');
    await batches(totals, totals.length + 5);
    await stream.stop();
    const [early, late] = [await countedIn(inRedis(key), 'early'), await countedIn(inRedis(key), 'late')];
    expect(early).toBeGreaterThanOrEqual(5 * 20);
    expect(late).toBeGreaterThan(early);
    expect(await countedIn(inRedis(key))).toBeGreaterThan(late);

    const another = count(inRedis(freshName('another'), { startFrom: savepointOf(inRedis(key), 'early') }));
    await batches(another.totals, 3);
    expect(another.totals[0]).toBe(early + 20);

    const place = join(folder, freshName('folder'));
    const startFrom = savepointOf(inRedis(key), 'late');
    const inFolder = count(fileCheckpoint(place, { startFrom }));
    await batches(inFolder.totals, 3);
    await inFolder.stream.stop();
    expect(inFolder.totals[0]).toBe(late + 20);

    const last = await countedIn(fileCheckpoint(place));
    const back = count(inRedis(freshName('back'), { startFrom: savepointOf(fileCheckpoint(place)) }));
    await batches(back.totals, 3);
    expect(back.totals[0]).toBe(last + 20);
  });

  it('that cannot be read is left as it is, or set aside and begun anew if that is wanted', async () => {
    const key = freshName('unreadable');
    const first = count(inRedis(key));
    await batches(first.totals, 5);
    await first.stream.stop();
    direct ??= new Redis(redisUrl());
    await direct.set(`rx-dstream:{${key}}:checkpoint:head`, 'of somebody else');
    await expect(Promise.resolve(inRedis(key).load() as Promise<unknown>)).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
    });
    expect(await direct.get(`rx-dstream:{${key}}:checkpoint:head`)).toBe('of somebody else');
    const second = count(inRedis(key, { onUnreadable: 'setAside' }));
    const reports: Progress[] = [];
    second.stream.progress$.subscribe((event) => event.type === 'report' && reports.push(event));
    await batches(second.totals, 3);
    expect(second.totals[0]).toBe(20);
    const message = expect.stringMatching(/savepoint set-aside-\d+-\d+ of key/);
    expect(reports).toContainEqual(expect.objectContaining({ code: 'CHECKPOINT_SET_ASIDE', message }));
  });
});
