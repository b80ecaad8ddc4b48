/**
 * A pipeline that is killed in the middle of a batch and goes on in a new process from its checkpoint: what it takes of what came
 * meanwhile is each source's own rule, and afterwards checkpoint and offset store agree.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCheckpoint } from 'rx-dstream';
import { fileCheckpoint, fileOffsets } from 'rx-dstream/file';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { type Pipeline, pipelines, until } from './Pipeline.ts';
import type { KeepTotals } from './programs/keepTotals.ts';

const folder = temporaryFolder();
const start = pipelines(folder);

/** A batch as the program writes it down. */
interface Written {
  readonly pid: number;
  readonly time: number;
  readonly words: readonly string[];
  readonly totals: readonly (readonly [string, number])[];
}

/** Something to read from, and how lines get there. */
interface Place {
  readonly source: KeepTotals['source'];
  readonly topic?: string;
  /** Each with its words; a batch takes them whole. */
  put(...lines: readonly string[]): void | Promise<void>;
  /** What else may happen while nobody is there. */
  meanwhile?(): void;
}

function tailed(): Place {
  const log = join(folder, 'words.log');
  return {
    source: { log },
    topic: log,
    put: (...lines) => appendFileSync(log, lines.map((line) => `${line}\n`).join('')),
    meanwhile: () => renameSync(log, `${log}.1`),
  };
}

function directory(): Place {
  const [inbox, draft] = [join(folder, 'inbox'), join(folder, 'draft')];
  mkdirSync(inbox);
  let files = 0;
  return {
    source: { folder: inbox },
    put(...lines) {
      writeFileSync(draft, lines.join('\n'));
      renameSync(draft, join(inbox, `file-${files++}`));
    },
  };
}

async function topic(): Promise<Place> {
  const name = freshName('goes-on');
  await createTopic(kafkaBrokers(), name, { partitions: 2 });
  return {
    source: { brokers: kafkaBrokers(), topic: name },
    topic: name,
    put: (...lines) =>
      produce(
        kafkaBrokers(),
        name,
        lines.map((value) => ({ value, partition: 0 })),
      ),
  };
}

/** Lives, is killed, and lives again. */
async function goesOn(name: string, place: Place): Promise<void> {
  const [checkpoint, out] = [join(folder, `${name}.checkpoint`), join(folder, `${name}.out`)];
  const offsets = join(folder, `${name}.offsets.json`);
  const settings = {
    source: place.source,
    checkpoint,
    out,
    ...(place.topic === undefined ? {} : { offsets }),
  };
  const started = async (hangs: boolean): Promise<Pipeline> => {
    const pipeline = start('keepTotals', { ...settings, hangs } satisfies KeepTotals);
    await until('a batch', () => pipeline.of('batch').length > 0, pipeline);
    return pipeline;
  };
  const first = await started(true);
  await place.put('to be');
  await until('a total', () => written(out).length > 0, first);
  await place.put('or hang');
  await until('the batch that hangs', () => written(out).at(-1)?.words.includes('hang') === true, first);
  await first.program.killed();
  const hung = written(out).at(-1) as Written;

  await place.put('not to');
  place.meanwhile?.();
  await place.put('be that', 'is');

  const second = await started(false);
  await until('what came meanwhile', () => written(out).at(-1)?.words.includes('is') === true, second);
  const again = written(out).filter(({ pid }) => pid === second.pid);
  expect({ ...again[0], pid: 0 }).toEqual({ ...hung, pid: 0 });
  expect(again.slice(1).flatMap(({ words }) => words)).toEqual(['not', 'to', 'be', 'that', 'is']);
  await place.put('the question');
  await until('what came last', () => written(out).at(-1)?.words.includes('question') === true, second);
  const words = 'to be or hang not to be that is the question'.split(' ');
  expect(Object.fromEntries(written(out).at(-1)?.totals ?? [])).toEqual(counted(words));
  expect(await second.terminated()).toBe(0);
  if (place.topic !== undefined) await expectAgreement(checkpoint, offsets, place.topic);
}

/** Where the checkpoint goes on is what was committed. */
async function expectAgreement(checkpoint: string, offsets: string, topic: string): Promise<void> {
  const { positions, unsettled } = await describeCheckpoint(fileCheckpoint(checkpoint));
  const places = Object.values(positions).flatMap((position) => placesIn(position as Position, topic));
  const stored = await fileOffsets({ path: offsets }).load({ topics: [topic] });
  expect(unsettled).toEqual([]);
  expect(places.length).toBeGreaterThan(0);
  for (const [partition, next] of places) expect(stored).toContainEqual({ topic, partition, until: next });
}

/** A position in the generation of a file, or in the partitions of topics. */
type Position =
  | { readonly id: number; readonly at: number }
  | { readonly topics: Record<string, { readonly partitions: readonly (readonly [number, number, number])[] }> };

function placesIn(position: Position, topic: string): readonly (readonly [partition: number, next: number])[] {
  if ('at' in position) return [[position.id, position.at]];
  return (position.topics[topic]?.partitions ?? []).map(([partition, next]) => [partition, next]);
}

function written(out: string): readonly Written[] {
  if (!existsSync(out)) return [];
  return readFileSync(out, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Written);
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

it('a tailed log, which is rotated meanwhile: every line once', () => goesOn('tail', tailed()));

it('a directory: every file once', () => goesOn('files', directory()));

skipUnless('kafka')('with Kafka', () => {
  it('a topic: every record once', async () => goesOn('kafka', await topic()));
});
