/** A pipeline from a file to SQLite, killed with -9 again and again: every line is in, once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { openSqlite } from '../../../src/drivers/sql/openSqlite.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const KILLS = Math.ceil(Number(process.env.KILLS ?? 100) / 10);
const LINES_A_LIFE = 200;

const folder = temporaryFolder();
let program: string;

beforeAll(async () => {
  program = await bundledProgram(fileURLToPath(new URL('writeToSqlite.ts', import.meta.url)), folder);
  // The driver is found from where the program lies.
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'));
});

it.each(['without a checkpoint', 'with a checkpoint'])(
  `SQLite, ${KILLS} kills %s: every line is in once (SEED=${SEED})`,
  {
    timeout: 300_000 + KILLS * 4000,
  },
  async (how) => {
    const random = seeded(SEED);
    const home = join(folder, how.replaceAll(' ', '-'));
    const [log, database] = [`${home}.log`, `${home}.db`];
    const checkpoint = how.startsWith('without') ? '' : `${home}.checkpoint`;
    const lines: string[] = [];
    for (let life = 0; life <= KILLS; life++) {
      const more = Array.from({ length: LINES_A_LIFE }, (_, at) => `line ${lines.length + at}`);
      lines.push(...more);
      appendFileSync(log, `${more.join('\n')}\n`);
      const settings = [log, database, checkpoint, life < KILLS ? '' : (more.at(-1) as string)];
      expect(await lived(settings, life < KILLS ? random : undefined)).toBe(life < KILLS ? 'SIGKILL' : 0);
    }
    const file = openSqlite(database, 0);
    const written = file.prepare('SELECT line FROM lines ORDER BY rowid').all() as { line: string }[];
    file.close();
    expect(written.map(({ line }) => line)).toEqual(lines);
  },
);

/** Killed in the middle of a batch, or soon after one has settled; without `random` it may live. */
async function lived(settings: readonly string[], random: Seeded | undefined): Promise<unknown> {
  const child = spawn(process.execPath, [program, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  const after = random?.pick([
    { word: 'settled', times: random.int(1, 3) },
    { word: 'writing', times: random.int(1, LINES_A_LIFE) },
  ]);
  let said = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    said += chunk;
    if (after !== undefined && said.split(after.word).length > after.times) child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  if (signal === null && code !== 0) throw new Error(errors);
  return signal ?? code;
}
