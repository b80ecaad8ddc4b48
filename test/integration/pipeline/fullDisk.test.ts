/** A disk that fills up under a pipeline, and is given room again. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { smallDisk } from '../../support/smallDisk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { committedIn, linesPutOut, numbersTo, outputOf } from './outputOf.ts';
import { type Pipeline, pipelines, until } from './Pipeline.ts';
import type { SaveLines } from './programs/saveLines.ts';
import type { TailLines } from './programs/tailLines.ts';

const folder = temporaryFolder();
const start = pipelines(folder);
stopGrowingLogs();

let count = 0;

/** Calls with a folder on a disk of its own, and a way to fill it up. */
async function onSmallDisk(
  context: TestContext,
  test: (disk: string, fill: () => { makeRoom(): void }) => Promise<Pipeline>,
): Promise<void> {
  const path = join(folder, `disk${count++}`);
  const disk = smallDisk(path, 4096);
  if (disk === undefined) return context.skip('a small disk cannot be mounted here');
  const filler = join(path, 'filler');
  try {
    const pipeline = await test(path, () => {
      expect(() => writeFileSync(filler, Buffer.alloc(8 * 2 ** 20))).toThrow('ENOSPC');
      return { makeRoom: () => rmSync(filler) };
    });
    expect(await pipeline.terminated()).toBe(0);
  } finally {
    disk.unmount();
  }
}

it('saveAsTextFiles on a full disk fails with what happened, commits nothing, and retry() goes on when there is room', (context) =>
  onSmallDisk(context, async (disk, fill) => {
    const log = growingLog(join(folder, 'saved.log'));
    const settings: SaveLines = { log: log.path, prefix: join(disk, 'lines'), store: join(folder, 'saved.json') };
    const pipeline = start('saveLines', settings);
    await until('batches', () => pipeline.settled().length >= 3, pipeline);
    const { makeRoom } = fill();
    await until('two failures', () => pipeline.of('error').length >= 2, pipeline);
    const [first, second] = pipeline.of('error').map(({ error }) => error);
    expect(first).toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(
        /^saveAsTextFiles: the output of the batch of time \d+ failed: \S+ could not be written \(ENOSPC: .*\): the disk is full; make room\. Nothing of it was committed\.$/,
      ),
      cause: { code: 'ENOSPC' },
    });
    expect(second).toEqual(first); // the same batch
    const saved = savedIn(disk);
    expect(committedIn(settings.store)).toBe(bytesOf(saved));
    makeRoom();
    log.stop();
    await until('every line', () => savedIn(disk).length === log.written, pipeline);
    expect(savedIn(disk)).toEqual(readFileSync(log.path, 'utf8').split('\n').slice(0, -1));
    expect(readdirSync(disk).filter((name) => name.startsWith('.'))).toEqual([]);
    await until('the commit', () => committedIn(settings.store) === statSync(log.path).size, pipeline);
    return pipeline;
  }));

it('fileOffsets on a full disk holds the batch, says why, and goes on by itself when there is room', (context) =>
  onSmallDisk(context, async (disk, fill) => {
    const settings = tailing(disk);
    const log = growingLog(settings.log);
    const pipeline = start('tailLines', settings);
    await until('batches', () => pipeline.settled().length >= 3, pipeline);
    const { makeRoom } = fill();
    await until('tries', () => pipeline.reports('COMMIT_RETRIED').length >= 3, pipeline);
    expect(pipeline.reports('COMMIT_RETRIED')[0]?.cause).toMatchObject({
      code: 'OFFSET_STORE_UNAVAILABLE',
      message: expect.stringMatching(
        /could not be written \(ENOSPC.*\): the disk is full; make room\. The file that was there still is\.$/,
      ),
      cause: { code: 'ENOSPC' },
    });
    expect(committedIn(settings.store)).toBe(outputOf(settings.out).at(-1)?.from);
    makeRoom();
    log.stop();
    await until('every line', () => linesPutOut(settings.out) === log.written, pipeline);
    expect(pipeline.of('error')).toEqual([]);
    expect(outputOf(settings.out).flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
    await until('the commit', () => committedIn(settings.store) === statSync(log.path).size, pipeline);
    return pipeline;
  }));

it('a commit that gives up fails the run; retry() begins with its batch again, the same records under the same time', (context) =>
  onSmallDisk(context, async (disk, fill) => {
    const settings: TailLines = { ...tailing(disk), commitRetry: { maxRetries: 2, firstDelayMs: 10 }, retryMs: 50 };
    const log = growingLog(settings.log);
    const pipeline = start('tailLines', settings);
    await until('batches', () => pipeline.settled().length >= 3, pipeline);
    const { makeRoom } = fill();
    await until('two failures', () => pipeline.of('error').length >= 2, pipeline);
    expect(pipeline.of('error')[0]?.error).toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringMatching(/^Offset store file .*: failed after 3 tries: .*the disk is full; make room/),
      cause: { code: 'OFFSET_STORE_UNAVAILABLE', cause: { code: 'ENOSPC' } },
    });
    makeRoom();
    log.stop();
    await until('every line', () => linesPutOut(settings.out) === log.written, pipeline);
    const byTime = new Map(outputOf(settings.out).map((batch) => [batch.time, batch]));
    for (const batch of outputOf(settings.out)) expect(batch).toEqual(byTime.get(batch.time));
    expect(byTime.size).toBeLessThan(outputOf(settings.out).length);
    expect([...byTime.values()].flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
    await until('the commit', () => committedIn(settings.store) === statSync(log.path).size, pipeline);
    return pipeline;
  }));

function tailing(disk: string): TailLines {
  const name = join(folder, `${count++}`);
  return { log: `${name}.log`, out: `${name}.out`, store: join(disk, 'offsets.json') };
}

/** All lines that were saved, in the order of the batches. */
function savedIn(disk: string): readonly string[] {
  const times = readdirSync(disk)
    .filter((name) => name.startsWith('lines-'))
    .map((name) => Number(name.slice('lines-'.length)))
    .sort((a, b) => a - b);
  return times.flatMap((time) =>
    readFileSync(join(disk, `lines-${time}`, 'part-00000'), 'utf8')
      .split('\n')
      .slice(0, -1),
  );
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
