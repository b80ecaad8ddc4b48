import { appendFileSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryOffsets } from '../../../src/offsets/memory/memoryOffsets.ts';
import { tailFile } from '../../../src/sources/file/tailFile.ts';
import { type Cut, SOURCE } from '../../../src/sources/Source.ts';
import { eventually, SourceSession } from '../../../src/testing/SourceSession.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { below, pick, randomFrom, seeds } from '../support/random.ts';

const folder = temporaryFolder();

describe('tailFile', () => {
  it.each(['checkpoint', 'store'] as const)(
    'gives every line once while a writer appends, renames and tears lines, and the reader starts again from its %s',
    async (kept) => {
      for (const seed of seeds(10)) await appendAndRead(seed, kept);
    },
  );
});

/** What a reader keeps across its lives is what it settled last: a checkpoint's position, or a store's offsets. */
async function appendAndRead(seed: number, kept: 'checkpoint' | 'store'): Promise<void> {
  const random = randomFrom(seed);
  const place = join(folder, `${kept}-${seed}`);
  const path = join(place, 'app.log');
  mkdirSync(place);
  writeFileSync(path, '');
  const offsets = memoryOffsets();
  const source = () =>
    tailFile(path, { pollIntervalMs: 1, rotationWaitMs: 0, ...(kept === 'store' ? { offsets } : {}) });
  let session = await SourceSession.open(source()[SOURCE]());
  let position: unknown;
  let open: Cut[] = [];
  const written: string[] = [];
  const settled: string[] = [];
  let lines: string[][] = [];
  let torn = '';
  let rotations = 0;

  const write = (): void => {
    for (let i = below(random, 5); i >= 0; i--) {
      const line = `line ${written.length} ${'x'.repeat(below(random, 40))}`;
      const cutAt = below(random, line.length);
      const tears = random() < 0.2;
      if (torn !== '') appendFileSync(path, torn);
      appendFileSync(path, tears ? line.slice(0, cutAt) : `${line}\n`);
      torn = tears ? `${line.slice(cutAt)}\n` : '';
      written.push(line);
    }
  };
  const completeLine = (): void => {
    if (torn !== '') appendFileSync(path, torn);
    torn = '';
  };
  const rotate = (): void => {
    completeLine();
    const rotated = `${path}.${rotations++}`;
    renameSync(path, rotated);
    // The clock of a file system is coarse, and here files are rotated within a millisecond.
    utimesSync(rotated, 1_000_000_000 + rotations, 1_000_000_000 + rotations);
    writeFileSync(path, '');
    // A generation is known by its first line: an empty one that is renamed again before it was seen cannot be told from another.
    write();
    completeLine();
  };
  const cut = async (): Promise<void> => {
    const answer = await session.cut(pick(random, [1, 3, 100]));
    if (answer.error !== undefined) throw answer.error;
    open.push(answer.cut);
    lines.push(await session.read(answer.cut));
  };
  const settle = async (): Promise<void> => {
    const count = below(random, open.length + 1);
    const done = open.splice(0, count);
    const last = done.at(-1);
    if (last === undefined) return;
    settled.push(...lines.splice(0, count).flat());
    position = last.position;
    const ranges = done.flatMap((one) => one.offsets ?? []);
    await offsets.commit(
      ranges.map(({ topic, partition, until }) => ({ topic, partition, until, expected: undefined })),
    );
    await session.settle(last);
  };
  const restart = async (): Promise<void> => {
    await session.close();
    open = [];
    lines = [];
    session = await SourceSession.open(
      source()[SOURCE](),
      kept === 'checkpoint' ? (JSON.parse(JSON.stringify(position ?? null)) ?? undefined) : undefined,
    );
  };

  try {
    // Without a position there is nothing to go on from: what is at the path is where it begins.
    write();
    completeLine();
    await cut();
    while (open.length > 0) await settle();
    for (let step = 0; step < 60; step++) await pick(random, [write, write, cut, cut, cut, settle, rotate, restart])();
    completeLine();
    await restart();
    await eventually(`the rest of the lines (SEED=${seed})`, async () => {
      await cut();
      return settled.length + lines.flat().length >= written.length;
    });
    expect([...settled, ...lines.flat()], `SEED=${seed}`).toEqual(written);
  } finally {
    await session.close();
  }
}
