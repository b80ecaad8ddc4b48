/**
 * Kill matrix for receivers with a write-ahead log: `kill -9` between receive, log, acknowledge, batch and settle.
 *
 * A receiver joins it with two files:
 * - `programs/onX.ts`, one life: `liveReceiver(settings<OnX>(), { source: (log, steps) => xReceiver({ ..., log }), lineOf })`. The log that
 *   it is given has steps before and after whatever is asked of it; it may pass others of its own: `steps.pass('before acknowledge')`.
 * - `x.test.ts` with an {@link Outside} that gives texts that are all different, also to the next life; what is not acknowledged may be
 *   given again. After `finish()` it gives {@link END} when all else is acknowledged, which ends the life that gets it.
 *
 * `KILLS=1000 SEED=7 npx vitest run --project integration test/integration/receiverKills` kills more often, from this seed on.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { SEED } from '../crashMatrix/crashMatrix.ts';
import { Kills } from '../crashMatrix/Kills.ts';
import type { StepsToKillAt } from '../crashMatrix/stepsToKillAt.ts';
import { FROM_OUTSIDE, World } from '../crashMatrix/World.ts';
import { judgeReceived } from './judgeReceived.ts';

export { SEED };

/** How many kills there are at least, for each receiver. */
export const KILLS: number = Number(process.env.KILLS ?? 24);

/** The text that ends the last life. */
export const END = 'END';

/** The steps of every receiver. */
export const RECEIVER_STEPS: StepsToKillAt = {
  [FROM_OUTSIDE]: 6,
  'before open of the log': 1,
  'after open of the log': 1,
  'before append': 20,
  'after append': 20,
  'before plan': 6,
  'after plan': 6,
  'before read of the log': 6,
  'in an output': 8,
  'before settle': 6,
  'after settle': 6,
  'before trim': 6,
  'after trim': 6,
};

/** What a receiver receives from. */
export interface Outside {
  /** For its program. */
  readonly settings: object;
  /** What was given, and how often. */
  readonly given: ReadonlyMap<string, number>;
  /** What the receiver has said to be safe. */
  readonly acknowledged: ReadonlySet<string>;
  /** Nothing new is given any more but {@link END}. */
  finish(): void;
  close(): Promise<void>;
}

/** What a matrix is made of. */
export interface ReceiverKillsPlan {
  /** One of the programs of this folder. */
  readonly program: string;
  /** What it comes by, besides the steps of every receiver. */
  readonly steps: StepsToKillAt;
  readonly killsPerWorld?: number;
  /** An empty one of this test. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Whether what is given comes in its order: where nothing is given twice. */
  readonly inOrder?: boolean;
  begin(random: Seeded): Promise<Outside>;
}

/** What came of it. */
export interface ReceiverKills {
  readonly kills: Kills;
  /** Records in batches, without those of {@link END}. */
  readonly records: number;
  /** Records that were in two batches, because they were given twice. */
  readonly twice: number;
}

/** Lets worlds live, be killed and live again until there were {@link KILLS} kills, and judges each; two at a time. */
export async function receiverKills(plan: ReceiverKillsPlan): Promise<ReceiverKills> {
  const total = { kills: new Kills(), records: 0, twice: 0 };
  const path = fileURLToPath(new URL(`programs/${plan.program}.ts`, import.meta.url));
  const folder = join(plan.folder, plan.program);
  mkdirSync(folder);
  const program = await bundledProgram(path, folder);
  const failure = new AbortController();
  const signal = AbortSignal.any([plan.signal, failure.signal]);
  const { killsPerWorld = 12 } = plan;
  let seed = SEED;
  let underWay = 0;
  const lane = async (): Promise<void> => {
    while (total.kills.count + underWay < KILLS && !signal.aborted) {
      underWay += killsPerWorld;
      await livedAndJudged({ ...plan, folder, killsPerWorld }, program, seed++, signal, total);
      underWay -= killsPerWorld;
    }
  };
  await Promise.all([lane(), lane()].map((one) => one.catch((error: unknown) => failure.abort(error))));
  signal.throwIfAborted();
  return total;
}

async function livedAndJudged(
  { steps, killsPerWorld, folder, inOrder = false, begin }: ReceiverKillsPlan & { readonly killsPerWorld: number },
  program: string,
  seed: number,
  signal: AbortSignal,
  total: { kills: Kills; records: number; twice: number },
): Promise<void> {
  const random = seeded(seed);
  const home = join(folder, `world-${seed}`);
  mkdirSync(home);
  const outside = await begin(random);
  try {
    const world = new World(program, { ...outside.settings, home }, home, signal);
    let kills = 0;
    const deaths = { steps: { ...RECEIVER_STEPS, ...steps }, kills: killsPerWorld, random };
    const lives = await world.livedThrough(deaths, async () => {
      if (++kills === killsPerWorld) outside.finish();
    });
    const { records, twice, repeated } = await judgeReceived(lives, home, outside, inOrder);
    total.kills.add(lives, repeated);
    total.records += records;
    total.twice += twice;
  } catch (error) {
    throw new Error(`SEED=${seed} KILLS=1 repeats this world: ${(error as Error).message}`, { cause: error });
  } finally {
    await outside.close();
  }
}
