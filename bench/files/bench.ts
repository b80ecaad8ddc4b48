import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { type Contender, interleaved } from '../measure/interleaved.ts';
import { byHand, inParallel, withReadline } from './byHand.ts';
import { ours } from './ours.ts';

const SMALL_FILES = 10_000;
const LINES_EACH = 12;
const BIG_LINES = 1_600_000;
const TEXT = 'the quick brown fox jumps over the lazy dog, and over the next one too';

/** Ten thousand small files, and one big one: their lines counted, from the listing of the directory to the last line. */
export const bench: Bench = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-files-'));
  try {
    const small = join(folder, 'small');
    const big = join(folder, 'big');
    const packed = join(folder, 'packed');
    for (const each of [small, big, packed]) mkdirSync(each);
    for (let n = 0; n < SMALL_FILES; n++)
      writeFileSync(join(small, `file-${n}.txt`), textOf(n * LINES_EACH, LINES_EACH));
    const text = textOf(0, BIG_LINES);
    writeFileSync(join(big, 'big.txt'), text);
    writeFileSync(join(packed, 'big.txt.gz'), gzipSync(text, { level: 6 }));
    return [
      await row('files-small', `${SMALL_FILES} files of ${LINES_EACH} lines`, SMALL_FILES * LINES_EACH, {
        'rx-dstream': () => ours(small),
        'readFile + split, one by one': () => byHand(small),
        'readFile + split, 8 at a time': () => inParallel(small),
      }),
      await row('files-big', `one file of ${Math.round(text.length / 1e6)} MB`, BIG_LINES, {
        'rx-dstream': () => ours(big),
        'readFile + split': () => byHand(big),
        readline: () => withReadline(big),
      }),
      await row('files-packed', `the same, compressed`, BIG_LINES, {
        'rx-dstream': () => ours(packed),
        'readFile + gunzip + split': () => byHand(packed),
        'gunzip stream + readline': () => withReadline(packed),
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

async function row(
  name: string,
  what: string,
  lines: number,
  contenders: Readonly<Record<string, () => Promise<number>>>,
): Promise<BenchRow> {
  const stretch = new Map<string, number>();
  const measured = Object.fromEntries(
    Object.entries(contenders).map(([who, count]): [string, Contender] => [
      who,
      {
        async work() {
          const delay = monitorEventLoopDelay({ resolution: 5 });
          delay.enable();
          const counted = await count();
          // The last stretch is seen at the turn after it.
          await sleep(10);
          delay.disable();
          if (counted !== lines) throw new Error(`${name}: ${who} counted ${counted} lines, expected ${lines}`);
          stretch.set(who, Math.max(stretch.get(who) ?? 0, delay.max / 1e6));
          return counted;
        },
      },
    ]),
  );
  const rates = await interleaved(measured, { rounds: 5, warmUp: 1 });
  const { 'rx-dstream': own, ...peers } = rates;
  const longest = [...stretch].map(([who, ms]) => `${who} ${ms.toFixed(0)} ms`);
  return {
    name,
    unit: 'lines/s',
    ours: Math.round(own?.median ?? Number.NaN),
    peers: Object.fromEntries(Object.entries(peers).map(([who, { median }]) => [who, Math.round(median)])),
    notes: [what, `longest stretch without a turn of the event loop: ${longest.join(', ')}`],
  };
}

function textOf(first: number, count: number): string {
  return `${Array.from({ length: count }, (_, n) => `${first + n} ${TEXT}`).join('\n')}\n`;
}
