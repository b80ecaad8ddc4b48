import { expect } from 'vitest';
import type { CheckpointContents } from '../../../src/checkpoint/CheckpointStore.ts';
import type { Build } from './pipeline.ts';
import { type GivenBatch, undisturbed } from './undisturbed.ts';
import type { Life } from './World.ts';
import type { Written } from './Written.ts';

/** What is left of a world. */
export interface Remains {
  readonly lives: readonly Life[];
  readonly build: Build;
  /** Every line there was, in order within each partition. */
  readonly lines: readonly string[];
  /** What the checkpoint holds in the end. */
  readonly contents: CheckpointContents;
  /** What it held some batches earlier, if that was kept. */
  readonly savepoint: CheckpointContents | undefined;
}

/** What came of a world that has passed. */
export interface Judgement {
  /** Outputs that were written more than once. */
  readonly repeated: number;
}

/**
 * Holds what came out of all lives against one life in which nothing went wrong: every line is in one batch, what was
 * repeated was the same again and had not settled, every output and the state at the end are the same.
 */
export function judge({ lives, build, lines, contents, savepoint }: Remains): Judgement {
  const { outputs, repeated } = together(lives);
  const batches = [...outputs.values()]
    .filter(({ output }) => output === 'lines')
    .map(({ time, records }): GivenBatch => ({ time, lines: records.map((text) => JSON.parse(text) as string) }))
    .sort((a, b) => a.time - b.time);
  expect(byPartition(batches.flatMap((batch) => batch.lines))).toEqual(byPartition(lines));
  const expected = undisturbed(batches, build);
  const key = ({ time, output }: Written): string => `${time} ${output}`;
  expect([...outputs.keys()].sort()).toEqual(expected.written.map(key).sort());
  for (const written of expected.written) expect(outputs.get(key(written))).toEqual(written);
  expect(contents.unsettled).toEqual([]);
  expect(contents.lastTime).toBe(expected.contents.lastTime);
  expect(entriesOf(contents)).toEqual(entriesOf(expected.contents));
  if (savepoint !== undefined) {
    const settled = batches.filter(({ time }) => time < unsettledFrom(savepoint));
    expect(entriesOf(savepoint)).toEqual(entriesOf(undisturbed(settled, build).contents));
  }
  return { repeated };
}

/** Every batch before this time has settled. */
export function unsettledFrom({ lastTime, unsettled }: CheckpointContents): number {
  return unsettled[0]?.time ?? (lastTime ?? Number.NEGATIVE_INFINITY) + 1;
}

/** What was written in all lives, once; written twice only as the same, by lives one after the other, and never after something later. */
export function together(lives: readonly Life[]): { outputs: ReadonlyMap<string, Written>; repeated: number } {
  const outputs = new Map<string, Written>();
  let repeated = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (const { written } of lives) {
    const times = written.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // Only the batch that was open at the end of the life before can come again: all before it have settled.
    if (times[0] !== undefined) expect(times[0]).toBeGreaterThanOrEqual(latest);
    latest = times.at(-1) ?? latest;
    const seen = new Set<string>();
    for (const one of written) {
      const key = `${one.time} ${one.output}`;
      expect(seen).not.toContain(key);
      seen.add(key);
      const before = outputs.get(key);
      if (before !== undefined) {
        repeated++;
        expect(one).toEqual(before);
      }
      outputs.set(key, one);
    }
  }
  return { outputs, repeated };
}

function byPartition(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const partitions = new Map<string, string[]>();
  for (const line of lines) {
    const name = line.split(' ', 1)[0] as string;
    const partition = partitions.get(name) ?? [];
    partition.push(line);
    partitions.set(name, partition);
  }
  return partitions;
}

/** The entries of every state in their order, without their ids: those depend on how often a key came before it settled. */
function entriesOf({ states }: CheckpointContents): ReadonlyMap<string, readonly (readonly [unknown, unknown])[]> {
  const all = [...states].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    all.map(([name, { entries }]) => [
      name,
      [...entries].flatMap(({ keys, values }) => keys.map((key, at) => [key, values[at]] as const)),
    ]),
  );
}
