/** Word counts whose process is killed with -9 again and again, and what then stands in the outputs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { pipelines, until } from './Pipeline.ts';
import type { CountWords } from './programs/countWords.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const KILLS = 20;
const WORDS = 'to be or not to be that is the question whether tis nobler in the mind to suffer'.split(' ');

const folder = temporaryFolder();
const start = pipelines(folder);
stopGrowingLogs();

type Count = readonly [word: string, count: number];

/** One time that one batch was tried. */
interface Attempt {
  readonly pid: number;
  readonly time: number;
  readonly from: number;
  readonly until: number;
  readonly counts: readonly Count[];
}

/** What is left of a pipeline after all its lives. */
interface Remains {
  /** The words of the log, counted by other means. */
  readonly expected: ReadonlyMap<string, number>;
  /** What was tried, one list for each life. */
  readonly lives: readonly (readonly Attempt[])[];
  /** `<pid> <time>` of each batch that was told to be settled. */
  readonly settled: ReadonlySet<string>;
  readonly folder: string;
  readonly failures: number;
}

it(`word counts killed with -9 ${KILLS} times count every line (SEED=${SEED})`, { timeout: 400_000 }, async () => {
  const remains = await lifeAfterLife(seeded(SEED), { holdMs: 15, failEvery: 3 }, KILLS);
  const repeated = repeatedTimes(remains);
  // Otherwise no kill came between writing and committing, and this has shown little.
  expect(repeated.size).toBeGreaterThan(0);
  expect(remains.failures).toBeGreaterThan(0);

  // Keyed by time or written by saveAsTextFiles: doubled is the batch that was open at a kill, and nothing else.
  const byTime = jsonIn(remains, 'time');
  const asText = textIn(remains);
  for (const written of [byTime, asText]) {
    const once = [...written].filter(([time]) => !repeated.has(time));
    expect(written.size - once.length).toBeLessThanOrEqual(KILLS);
    expect(sum(once.map(([, counts]) => counts))).toEqual(remains.expected);
  }
  // Keyed by where the batch begins: every line counts exactly once.
  expect(sum([...jsonIn(remains, 'from').values()])).toEqual(remains.expected);
});

it('in one process whose outputs fail now and then a repeated batch replaces, and all totals are exact', async () => {
  const remains = await lifeAfterLife(seeded(SEED), { holdMs: 1, failEvery: 3 }, 0);
  expect(remains.failures).toBeGreaterThan(3);
  for (const written of [jsonIn(remains, 'time'), jsonIn(remains, 'from'), textIn(remains)])
    expect(sum([...written.values()])).toEqual(remains.expected);
});

// ---- the lives ---------------------------------------------------------------------------------------------------

let count = 0;

/** Lets it live and be killed so many times, and at last process every line and end in good order. */
async function lifeAfterLife(
  random: Seeded,
  how: Pick<CountWords, 'holdMs' | 'failEvery'>,
  kills: number,
): Promise<Remains> {
  const home = join(folder, `${count++}`);
  const log = growingLog(`${home}.log`, (line) => WORDS.slice(0, 1 + (line % WORDS.length)).join(' '));
  const settings: CountWords = {
    log: log.path,
    offsets: `${home}.offsets.json`,
    attempts: `${home}.attempts`,
    folder: home,
    ...how,
  };
  const settled = new Set<string>();
  const lives: Attempt[][] = [];
  let failures = 0;
  for (let life = 0; life <= kills; life++) {
    const pipeline = start('countWords', settings);
    if (life < kills) {
      const batches = random.int(0, 4);
      await until('batches of this life', () => pipeline.settled().length >= batches, pipeline);
      await new Promise((resolve) => setTimeout(resolve, random.int(0, 60)));
      await pipeline.program.killed();
    } else {
      const enough = kills > 0 ? 3 : 40;
      await until('the last batches', () => pipeline.settled().length >= enough, pipeline);
      log.stop();
      expect(await pipeline.terminated()).toBe(0);
    }
    for (const { time } of pipeline.settled()) settled.add(`${pipeline.pid} ${time}`);
    failures += pipeline.of('error').length;
    const tried = attemptsIn(settings.attempts).filter(({ pid }) => pid === pipeline.pid);
    expectSameAgain(tried);
    if (tried.length > 0) lives.push(tried);
  }
  return { expected: sum([countsOf(readFileSync(log.path, 'utf8'))]), lives, settled, folder: home, failures };
}

/** The same time in the same process is the same batch; one follows the other. */
function expectSameAgain(tried: readonly Attempt[]): void {
  for (const [attempt, next] of pairsOf(tried)) {
    if (next.time === attempt.time) expect(next).toEqual(attempt);
    else expect(next.from).toBe(attempt.until);
  }
}

// ---- the account -------------------------------------------------------------------------------------------------

/**
 * The times of batches that the next life read again under another time: of each life at most the last one, which was not
 * told to be settled.
 */
function repeatedTimes({ lives, settled }: Remains): ReadonlySet<number> {
  const times = new Set<number>();
  for (const [life, next] of pairsOf(lives)) {
    const begin = next[0]?.from as number;
    const last = life.at(-1) as Attempt;
    const again = life.filter(({ until }) => until > begin);
    expect([last.from, last.until]).toContain(begin);
    expect(new Set(again.map(({ time }) => time)).size).toBeLessThanOrEqual(1);
    for (const { pid, time } of again) {
      expect(settled).not.toContain(`${pid} ${time}`);
      times.add(time);
    }
  }
  return times;
}

function attemptsIn(path: string): readonly Attempt[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Attempt);
}

/** The files by their key; half-written ones have other names. */
function jsonIn({ folder: home }: Remains, key: 'time' | 'from'): ReadonlyMap<number, readonly Count[]> {
  const names = readdirSync(join(home, key)).filter((name) => /^\d+$/.test(name));
  return new Map(names.map((name) => [Number(name), JSON.parse(readFileSync(join(home, key, name), 'utf8'))]));
}

/** The folders of `saveAsTextFiles` by their time; all that can be seen are whole. */
function textIn({ folder: home }: Remains): ReadonlyMap<number, readonly Count[]> {
  const names = readdirSync(join(home, 'text')).filter((name) => !name.startsWith('.'));
  return new Map(
    names.map((name) => {
      const path = join(home, 'text', name);
      expect(readdirSync(path).sort()).toEqual(['_SUCCESS', 'part-00000']);
      const lines = readFileSync(join(path, 'part-00000'), 'utf8').matchAll(/^\((\w+),(\d+)\)$/gm);
      return [Number(name.slice('counts-'.length)), [...lines].map(([, word, n]) => [word as string, Number(n)])];
    }),
  );
}

function countsOf(text: string): readonly Count[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => [word, 1] as const);
}

function sum(all: readonly (readonly Count[])[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const [word, times] of all.flat()) totals.set(word, (totals.get(word) ?? 0) + times);
  return totals;
}

function pairsOf<T>(list: readonly T[]): readonly (readonly [T, T])[] {
  return list.slice(1).map((next, i) => [list[i] as T, next] as const);
}
