/** Agents that push, a log, and kill -9 at every step. Real ones pause for five seconds after each: one of them is in it twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { flumeCertificate } from '../../../scripts/services/index.ts';
import { freePorts } from '../../../scripts/services/ports.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import type { Kill } from '../crashMatrix/Steps.ts';
import { writtenIn } from '../crashMatrix/Written.ts';
import { startPushAgent, withFlume } from '../flume/pushAgent.ts';
import { PushingAgent } from './PushingAgent.ts';
import { END, KILLS, receiverKills, SEED } from './receiverKills.ts';

const describe = await withFlume();
const folder = temporaryFolder();

it(`flumePush, killed ${KILLS} times or more, has stored whatever it acknowledged (SEED=${SEED})`, {
  timeout: 300_000 + KILLS * 2000,
}, async ({ signal }) => {
  const { kills, records, twice } = await receiverKills({
    program: 'onFlumePush',
    steps: { 'after receive': 40, 'before acknowledge': 40, 'after acknowledge': 40 },
    folder,
    signal,
    begin: () => PushingAgent.start(),
  });
  console.log(`${kills}; ${records} records, ${twice} of them twice; SEED=${SEED}`);
  expect(kills.count).toBeGreaterThanOrEqual(KILLS);
  // Few kills may all fall where nothing comes again.
  if (kills.count >= 60) expect(kills.repeated).toBeGreaterThan(0);
  // What was stored and not acknowledged when the process died is sent again, and nothing tells it from new events.
  if (kills.count >= 60) expect(twice).toBeGreaterThan(0);
});

describe('flumePush under a real agent, over TLS and deflated', () => {
  it('is killed twice between its log and its answer, then the agent is: nothing is lost, and what comes again are batches that were under way', async () => {
    const home = join(folder, 'real');
    const spool = join(home, 'spool');
    mkdirSync(spool, { recursive: true });
    const lines = Array.from({ length: 5000 }, (_, n) => `line-${n}`);
    put(home, spool, '1', lines.slice(0, 2000));
    const [port] = (await freePorts(1)) as [number];
    const program = await bundledProgram(fileURLToPath(new URL('programs/onFlumePush.ts', import.meta.url)), home);
    const { remove, key, cert, ...trust } = await flumeCertificate();
    const sinks = [{ port, deflate: true, tls: trust }];
    const agent = await startPushAgent({ source: { folder: spool }, sinks, batchSize: 100, channels: home });
    const lives: string[] = [];
    const live = async (kill?: Kill): Promise<NodeJS.Signals | number | null> => {
      const out = join(home, `life-${lives.length}`);
      lives.push(out);
      const settings = JSON.stringify({ port, home, out, tls: { key, cert }, ...(kill === undefined ? {} : { kill }) });
      const child = spawn(process.execPath, [program, settings], { stdio: ['ignore', 'ignore', 'inherit'] });
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      return signal ?? code;
    };
    try {
      for (let kills = 0; kills < 2; kills++) {
        expect(await live({ step: 'before acknowledge', nth: 3, atLatest: 1000 })).toBe('SIGKILL');
      }
      const last = live();
      put(home, spool, '2', lines.slice(2000));
      await expect.poll(() => receivedIn(lives).length, { timeout: 60_000 }).toBeGreaterThan(2300);
      await agent.kill9();
      await agent.restart();
      put(home, spool, '3', [END]);
      expect(await last).toBe(0);
    } finally {
      remove();
      await agent.kill9();
      await agent.stop();
    }
    const texts = receivedIn(lives).filter((text) => text !== END);
    expect([...new Set(texts)]).toEqual(lines);
    // Those of our two kills; and what the agent had sent, or had read from its file, and not noted down when it died.
    const twice = texts.length - lines.length;
    expect(twice).toBeGreaterThanOrEqual(200);
    expect(twice).toBeLessThanOrEqual(500);
  });
});

/** What these lives have received. A batch that ran again had the same time and the same records. */
function receivedIn(lives: readonly string[]): readonly string[] {
  const outs = lives.filter((out) => existsSync(out));
  const batches = new Map(
    outs.flatMap((out) => writtenIn(readFileSync(out, 'utf8')).map(({ time, records }) => [time, records] as const)),
  );
  return [...batches].sort(([a], [b]) => a - b).flatMap(([, records]) => records.map((text) => `${JSON.parse(text)}`));
}

/** Puts a file of lines in front of the agent, whole. */
function put(home: string, spool: string, name: string, lines: readonly string[]): void {
  writeFileSync(join(home, name), lines.map((line) => `${line}\n`).join(''));
  renameSync(join(home, name), join(spool, name));
}
