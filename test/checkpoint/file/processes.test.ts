/** A folder and real processes that write to it, are killed, stopped and go on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { folderLog } from '../../../src/checkpoint/file/folderLog.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { type CountingProcess, countingProcess, endsItsProcesses, standsStill } from '../../support/countingProcess.ts';
import { turn } from '../../support/openFiles.ts';
import { pretendOwner } from '../../support/pretendOwner.ts';
import { seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { NumberedLog, readNumbers } from './NumberedLog.ts';

const root = temporaryFolder();
const SEED = 20_261;
let count = 0;
let program: string;
const freshFolder = (): string => join(root, `${count++}`);
const hasProc = existsSync('/proc/self/stat');

beforeAll(async () => {
  program = await bundledProgram(fileURLToPath(new URL('keepsWriting.ts', import.meta.url)), root);
});

endsItsProcesses();

describe('a process that writes and is killed with kill -9', () => {
  it(`leaves all that it was answered, in order, and its folder is taken at once (seed ${SEED})`, async () => {
    const folder = freshFolder();
    const random = seeded(SEED);
    for (let life = 0; life < 12; life++) {
      const writer = writing(folder, random.int(1, 1_000_000));
      const answered = await writer.said(random.int(1, 60));
      await writer.end('SIGKILL');
      const storage = folderLog({ folder });
      await storage.own();
      const { first, next } = await readNumbers(storage);
      expect(next).toBeGreaterThan(writer.last ?? answered);
      expect(first).toBeLessThanOrEqual(next);
      expect(next - (writer.last ?? answered)).toBeLessThanOrEqual(2);
      const saved = await readNumbers(storage, 'saved');
      expect(saved.next).toBeLessThanOrEqual(next);
      await storage.release();
    }
  });
});

describe('a process that owns a folder', () => {
  it('keeps others out, who are told which one it is and what to do', async () => {
    const folder = freshFolder();
    const writer = writing(folder, 1);
    await writer.said(2);
    const second = folderLog({ folder });
    const refusal = await second.own().then(
      () => undefined,
      (error) => error,
    );
    expect(refusal).toMatchObject({ code: 'CHECKPOINT_OWNED', retriable: false });
    expect(refusal.message).toMatch(new RegExp(`process ${writer.pid} \\(.*\\) on host ${hostname()} owns it`));
    expect(refusal.message).toMatch(/since \d{4}-\d\d-\d\dT.*Z, and is running\. Stop that one.*takeOver: true/);
    await writer.said(4); // it goes on
    await writer.end('SIGKILL');
    await second.own();
    await second.release();
  });

  it('is overtaken while it is stopped; going on it is told so, and nothing of it is found', async () => {
    const folder = freshFolder();
    for (let round = 0; round < 3; round++) {
      const writer = writing(folder, round);
      await writer.said(3 + round);
      process.kill(writer.pid, 'SIGSTOP');
      await standsStill(writer.pid);
      const storage = folderLog({ folder, takeOver: true });
      const log = await NumberedLog.begin(storage);
      expect(log.next).toBeGreaterThan(writer.last as number);
      await log.append(10);
      await log.save();
      process.kill(writer.pid, 'SIGCONT');
      expect(await writer.end()).toBe('CHECKPOINT_TAKEN');
      await log.append(10);
      const found = await readNumbers(storage);
      expect(found.next).toBe(log.next);
      expect((await readNumbers(storage, 'saved')).next).toBe(log.next - 1);
      await storage.release();
    }
  });
});

describe.runIf(hasProc)('an owner whose number another process has now', () => {
  const own = async (folder: string, changed: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const first = folderLog({ folder });
    await first.own();
    pretendOwner(folder, { token: 'of another process', ...changed });
    const second = folderLog({ folder });
    const outcome = await second.own().then(
      () => 'taken',
      (error) => error.code,
    );
    await second.release();
    await first.release();
    return outcome;
  };
  const parent = process.ppid;

  it('is dead: the other one began at another time', async () => {
    expect(await own(freshFolder(), { pid: parent, start: startOf(parent) })).toBe('CHECKPOINT_OWNED');
    expect(await own(freshFolder(), { pid: parent, start: '1' })).toBe('taken');
    expect(await own(freshFolder(), { pid: process.pid, start: '1' })).toBe('taken');
  });

  it('is dead: it ran before this machine was started', async () => {
    expect(await own(freshFolder(), { pid: parent, start: startOf(parent), boot: 'another one' })).toBe('taken');
  });

  it('lives as far as anybody knows, if it is on another host', async () => {
    expect(await own(freshFolder(), { pid: 1, start: '1', boot: 'another one', host: 'elsewhere' })).toBe(
      'CHECKPOINT_OWNED',
    );
  });

  it('lives, if it is this process by another copy of this package', async () => {
    expect(await own(freshFolder(), {})).toBe('CHECKPOINT_OWNED');
  });

  it('is dead, if it has ended and its parent has not asked how', async () => {
    // Its child ends when it is told to, after the shell has become a program that asks for nobody.
    const script = '(read end) <&3 & echo $!; exec sleep 1000';
    const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    onTestFinished(() => void shell.kill('SIGKILL'));
    const [line] = await once(createInterface({ input: shell.stdout as Readable }), 'line');
    const pid = Number(line);
    while (!/\(sleep\)/.test(readFileSync(`/proc/${shell.pid}/stat`, 'utf8'))) await turn();
    (shell.stdio[3] as Writable).write('\n');
    const stat = await ended(pid);
    expect(await own(freshFolder(), { pid, start: stat })).toBe('taken');
  });
});

const writing = (folder: string, seed: number): CountingProcess => countingProcess(program, folder, String(seed));

/** Waits until a process has ended, and tells when it began. */
async function ended(pid: number): Promise<string> {
  for (;;) {
    if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return startOf(pid);
    await turn();
  }
}

function startOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] as string;
}
