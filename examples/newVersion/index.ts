/**
 * Run, kill, change the code, run: a program that counts words is killed with `kill -9` in the middle of a batch, its next version
 * goes on from the checkpoint, is killed too, and goes on. Ends with 1 unless every word was counted exactly once.
 *
 * `npm run example -- examples/newVersion/index.ts`
 */

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Life } from './Life.ts';

const WORDS = ['to', 'be', 'or', 'not', 'question', 'nobler', 'mind', 'slings', 'arrows', 'sea', 'troubles'];

const folder = mkdtempSync(join(tmpdir(), 'new-version-'));
const [log, checkpoint] = [join(folder, 'words.log'), join(folder, 'checkpoint')];
/** How often each word was written: what the program must have counted in the end. */
const written = new Map<string, number>();
const wrong: string[] = [];
let lines = 0;
let life: Life | undefined;

/** Appends one line of three words. */
function write(): void {
  const words = [0, 1, 2].map((at) => WORDS[(lines * at + at) % WORDS.length] as string);
  lines++;
  for (const word of words) written.set(word, (written.get(word) ?? 0) + 1);
  appendFileSync(log, `${words.join(' ')}\n`);
}

/** Runs a version until it hangs in the middle of its n-th batch, and kills it there. */
async function runAndKill(version: string, batches: number): Promise<Life> {
  life = new Life(version, [log, checkpoint, String(batches)], (text) => console.log(`  it says: ${text}`));
  await life.until(({ hangs }) => hangs === true);
  await life.ended('SIGKILL');
  const { time } = life.batches.at(-1) as { time: number };
  console.log(
    `  kill -9 after ${life.words} words, in the middle of the batch of ${clock(time)}: told, and not settled`,
  );
  return life;
}

/** The batch that was open comes again: the same time, the same contents. */
function checkRepeated(before: Life, after: Life): void {
  const [open, again] = [before.batches.at(-1), after.batches[0]];
  if (isDeepStrictEqual(open, again))
    console.log(`  the batch of ${clock(again?.time ?? 0)} came again, just as it was`);
  else wrong.push(`the open batch was ${JSON.stringify(open)}, and came again as ${JSON.stringify(again)}`);
}

const clock = (time: number): string => new Date(time).toISOString().slice(11, 22);

const writer = setInterval(write, 10);
try {
  console.log('version 1 counts the words of a file');
  const first = await runAndKill('version1', 12);

  console.log('version 2 keeps also when a word came last (migrated), and tells of frequent ones (new)');
  const second = await runAndKill('version2', 12);
  checkRepeated(first, second);

  console.log('version 2 once more, until everything is counted');
  clearInterval(writer);
  const all = [...written.values()].reduce((a, b) => a + b, 0);
  life = new Life('version2', [log, checkpoint], (text) => console.log(`  it says: ${text}`));
  const third = life;
  await third.until(() => third.words >= all);
  if ((await third.ended('SIGTERM')) !== 0) wrong.push('it did not end as it should');
  checkRepeated(second, third);

  const counted = new Map(third.batches.at(-1)?.totals);
  if (!isDeepStrictEqual(new Map([...counted].sort()), new Map([...written].sort()))) {
    wrong.push(`the totals are ${JSON.stringify([...counted])}, written were ${JSON.stringify([...written])}`);
  }
  if (wrong.length === 0) console.log(`exact: ${all} words, each counted once, in three lives of two versions`);
} catch (error) {
  wrong.push((error as Error).message);
} finally {
  clearInterval(writer);
  await life?.ended('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
for (const what of wrong) console.error(`wrong: ${what}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
