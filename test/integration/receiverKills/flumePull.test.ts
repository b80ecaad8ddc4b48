/** A real agent with a file channel that is fed all the time, pulled over two connections into one log, killed with -9 at every step. */
import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startSparkSink } from '../../../scripts/services/index.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { withSparkSink } from '../flume/withSparkSink.ts';
import { END, KILLS, type Outside, receiverKills, SEED } from './receiverKills.ts';
import { WatchedSink } from './WatchedSink.ts';

/** Lines of a file that is put before the agent, and how many may be on their way. */
const LINES = 40;
const WINDOW = 400;

/** An agent gives few batches in the time of a life. */
const STEPS = {
  'after receive': 6,
  'before append': 6,
  'after append': 6,
  'before acknowledge': 6,
  'while acknowledging': 6,
  'after acknowledge': 6,
};

const describe = await withSparkSink();
const folder = temporaryFolder();

describe('flumePull that is killed', () => {
  it(`has stored whatever it acknowledged, after ${KILLS} kills or more (SEED=${SEED})`, {
    timeout: 300_000 + KILLS * 4000,
  }, async ({ signal }) => {
    const { kills, records, twice } = await receiverKills({
      program: 'onFlumePull',
      steps: STEPS,
      // More than there are steps, so that each comes in every world.
      killsPerWorld: 24,
      folder,
      signal,
      begin,
    });
    console.log(`${kills}; ${records} records, ${twice} of them twice; SEED=${SEED}`);
    expect(kills.count).toBeGreaterThanOrEqual(KILLS);
    // What was stored and not acknowledged when the process died is given again, and nothing tells it from new events.
    if (kills.count >= 60) expect(twice).toBeGreaterThan(0);
  });
});

async function begin(): Promise<Outside> {
  const home = mkdtempSync(join(folder, 'agent-'));
  const spool = join(home, 'spool');
  mkdirSync(spool);
  const agent = await startSparkSink({ source: { folder: spool }, durable: true, timeout: 1 });
  const sink = await WatchedSink.before(agent.port);
  let files = 0;
  let lines = 0;
  let isFinished = false;
  let isClosed = false;

  function put(...texts: readonly string[]): void {
    const file = join(home, `${++files}`);
    writeFileSync(file, texts.map((text) => `${text}\n`).join(''));
    renameSync(file, join(spool, `${files}`));
  }

  const putting = (async () => {
    for (; !isClosed && !(isFinished && sink.acknowledged.size === lines); await pause(10)) {
      if (isFinished || lines - sink.acknowledged.size > WINDOW) continue;
      put(...Array.from({ length: LINES }, () => `line-${lines++}`));
    }
    if (!isClosed) put(END);
  })();

  return {
    settings: { port: sink.port },
    given: sink.given,
    acknowledged: sink.acknowledged,
    finish() {
      isFinished = true;
    },
    async close() {
      isClosed = true;
      await putting;
      await sink.close();
      await agent.stop();
    },
  };
}
