/** Copies of a folder, made file by file while a process writes to it and merges. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { CheckpointContents } from '../../../src/checkpoint/CheckpointStore.ts';
import { fileCheckpoint } from '../../../src/checkpoint/file/fileCheckpoint.ts';
import { hasCode } from '../../../src/drivers/files/fileTrouble.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { expectedState } from './settledState.ts';

const root = temporaryFolder();
const SEED = 4711;
const COPIES = 60;

it(`a copy made at any moment is right or refused, never wrong (seed ${SEED})`, async () => {
  const folder = join(root, 'running');
  const program = await bundledProgram(fileURLToPath(new URL('keepsSettling.ts', import.meta.url)), root);
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'close');
  let answered = 0;
  lines.on('line', (line) => {
    answered = Number(line);
  });
  const random = seeded(SEED);
  let right = 0;
  try {
    await once(lines, 'line');
    for (let n = 0; n < COPIES; n++) {
      const before = answered;
      const copy = join(root, `copy-${n}`);
      await copied(folder, copy, random, () => once(lines, 'line'));
      const time = await timeOf(copy);
      await rm(copy, { recursive: true });
      if (time === undefined) continue;
      right += 1;
      // Not older than what was answered before the copy began: nothing is left out in silence.
      expect(time).toBeGreaterThanOrEqual(before);
    }
    await expect(Promise.resolve(fileCheckpoint(folder).load())).rejects.toMatchObject({ code: 'CHECKPOINT_OWNED' });
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
  expect(right).toBeGreaterThan(0);
  expect(await timeOf(folder)).toBeGreaterThanOrEqual(answered);
});

/** Copies file by file in a random order, while some batches settle; what vanishes meanwhile is not in it. */
async function copied(from: string, to: string, random: Seeded, batch: () => Promise<unknown>): Promise<void> {
  await mkdir(to);
  const files = [...(await readdir(from))].sort();
  while (files.length > 0) {
    for (let batches = random.int(0, 2); batches > 0; batches--) await batch();
    const [file] = files.splice(random.int(0, files.length - 1), 1) as [string];
    await copyFile(join(from, file), join(to, file)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
    });
  }
}

/** Up to when a checkpoint goes, whose state is then as it has to be; `undefined` if it is refused. */
async function timeOf(folder: string): Promise<number | undefined> {
  const store = fileCheckpoint(folder, { takeOver: true });
  let contents: CheckpointContents;
  try {
    contents = await (store.load() as Promise<CheckpointContents>);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    return undefined;
  }
  const settled = (contents.positions.get('s') as number | undefined) ?? 0;
  const state = new Map<unknown, unknown>();
  for (const { keys, values } of contents.states.get('last/all')?.entries ?? []) {
    for (const [at, key] of keys.entries()) state.set(key, values[at]);
  }
  expect(state).toEqual(expectedState(settled));
  expect(contents.unsettled.map(({ time }) => time)).toEqual(contents.lastTime === settled ? [] : [contents.lastTime]);
  await store.close();
  return settled;
}
