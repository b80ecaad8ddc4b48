/** A log and real processes that write to it, are killed, stopped and go on. */
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import type { LogReport } from '../../../src/sources/receiver/BlockLog.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { type CountingProcess, countingProcess, endsItsProcesses, standsStill } from '../../support/countingProcess.ts';
import { appended, expectNumbered, opened, readAll } from '../../support/numberedBlocks.ts';
import { seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const root = temporaryFolder();
const SEED = Number(process.env.SEED ?? 20_262);
const KILLS = Number(process.env.KILLS ?? 12);
let count = 0;
let program: string;
const freshFolder = (): string => join(root, `${count++}`);

beforeAll(async () => {
  program = await bundledProgram(fileURLToPath(new URL('keepsAppending.ts', import.meta.url)), root);
});

endsItsProcesses();

describe('a process that appends and is killed with kill -9', () => {
  it(`leaves all that it was answered, in order, with the note of the last block, and its log is taken at once (seed ${SEED})`, async () => {
    const folder = freshFolder();
    const random = seeded(SEED);
    const log = writeAheadLog({ folder });
    for (let life = 0; life < KILLS; life++) {
      const writer = appending(folder, random.int(1, 1_000_000));
      await writer.said(random.int(1, 400));
      await writer.end('SIGKILL');
      const reports: LogReport[] = [];
      const contents = await opened(log, reports);
      expect(contents.next).toBeGreaterThanOrEqual(writer.last as number);
      expect(contents.note).toEqual({ upTo: contents.next });
      expect(contents.first).toBeLessThanOrEqual(writer.last as number);
      expectNumbered(await readAll(log, contents), contents.first, contents.next);
      await log.close();
    }
  });
});

describe('a process that owns a log', () => {
  it('keeps others out, who are told which one it is and what to do', async () => {
    const folder = freshFolder();
    const writer = appending(folder, 1);
    await writer.said(2);
    const second = writeAheadLog({ folder });
    const refusal = await opened(second).then(
      () => undefined,
      (error) => error,
    );
    expect(refusal).toMatchObject({ code: 'LOG_OWNED', retriable: false });
    expect(refusal.message).toMatch(new RegExp(`process ${writer.pid} \\(.*\\) on host ${hostname()} owns it`));
    expect(refusal.message).toMatch(/and is running\. Stop that one.*takeOver: true/);
    await writer.said(20); // it goes on
    await writer.end('SIGKILL');
    await opened(second);
    await second.close();
  });

  it('is overtaken while it is stopped; going on it is told so, and nothing of it is found', async () => {
    const folder = freshFolder();
    for (let round = 0; round < 3; round++) {
      const writer = appending(folder, round);
      await writer.said(30 + round);
      process.kill(writer.pid, 'SIGSTOP');
      await standsStill(writer.pid);
      const log = writeAheadLog({ folder, takeOver: true });
      const { next } = await opened(log);
      expect(next).toBeGreaterThanOrEqual(writer.last as number);
      const end = await appended(log, next, 3, 500);
      process.kill(writer.pid, 'SIGCONT');
      expect(await writer.end()).toBe('LOG_OWNED');
      expect(writer.last as number).toBeLessThanOrEqual(next);
      const last = await appended(log, end, 2, 500);
      await log.close();
      const contents = await opened(log);
      expect(contents.next).toBe(last);
      expectNumbered(await readAll(log, contents), contents.first, last);
      await log.close();
    }
  });
});

it('a write that fails half-way, as on a disk that is full, loses nothing that was answered', async () => {
  const folder = freshFolder();
  // A limit on file sizes, 8 blocks, makes a write fail in its middle, for every user.
  const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`;
  const run = promisify(execFile);
  const { stdout } = await run('sh', ['-c', limited, process.execPath, program, folder, '7', '100000']);
  const lines = stdout.trim().split('\n');
  expect(lines.at(-1)).toBe('LOG_FAILED');
  const log = writeAheadLog({ folder });
  const reports: LogReport[] = [];
  const contents = await opened(log, reports);
  expect(contents.next).toBe(Math.max(0, ...lines.filter((line) => /^\d+$/.test(line)).map(Number)));
  expectNumbered(await readAll(log, contents), contents.first, contents.next);
  expect(reports).toEqual([]);
  await log.close();
});

const appending = (folder: string, seed: number): CountingProcess => countingProcess(program, folder, String(seed));
