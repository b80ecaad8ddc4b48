import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DurableCheckpoint } from '../../../src/checkpoint/CheckpointStore.ts';
import type { Answer } from '../../../src/core/Answer.ts';
import type { CommittedOffset } from '../../../src/core/OffsetRange.ts';
import type { OffsetStore } from '../../../src/index.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';
import { bundled } from './bundled.ts';
import { expectCommitted } from './expectCommitted.ts';
import { judge, unsettledFrom } from './judge.ts';
import { Kills } from './Kills.ts';
import { lookedAt, lookedAtSavepoint } from './lookedAt.ts';
import { type LifeSettings, SAVEPOINT } from './programs/live.ts';
import type { StepsToKillAt } from './stepsToKillAt.ts';
import { World } from './World.ts';

/** The seed of the first world, each later one has the next number. */
export const SEED: number = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** How many kills there are at least, over a file; over Kafka and in Redis it is a part of that. */
export const KILLS: number = Number(process.env.KILLS ?? 200);

/** What a world begins with. */
export interface Beginning {
  /** For its program. */
  readonly settings: Omit<LifeSettings, 'out' | 'kill'>;
  /** Every line that it will be given. */
  readonly lines: readonly string[];
  /** What its program writes to, to be looked at in the end. */
  readonly checkpoint: DurableCheckpoint;
  readonly offsets: OffsetStore;
  /** What goes on beside the program. */
  readonly beside?: Promise<void>;
}

/** What a matrix is made of. */
export interface MatrixPlan {
  /** One of the programs of this folder. */
  readonly program: string;
  /** Where worlds are killed: by step, how often they may come by it before. */
  readonly steps: StepsToKillAt;
  /** In all, and in one world. */
  readonly kills: number;
  readonly killsPerWorld: number;
  /** An empty one of this test. */
  readonly folder: string;
  /** Ends everything. */
  readonly signal: AbortSignal;
  begin(home: string, random: Seeded): Answer<Beginning>;
}

/** Lets worlds live, be killed and live again until there were so many kills, and judges each; two at a time. */
export async function crashMatrix(plan: MatrixPlan): Promise<Kills> {
  const done = new Kills();
  const program = await bundled(plan.program, plan.folder);
  const failure = new AbortController();
  const signal = AbortSignal.any([plan.signal, failure.signal]);
  let seed = SEED;
  async function lane(): Promise<void> {
    while (done.count < plan.kills && !signal.aborted) await livedAndJudged(plan, program, seed++, signal, done);
  }
  const lanes = [lane(), lane()].map((one) => one.catch((error: unknown) => failure.abort(error)));
  await Promise.all(lanes);
  signal.throwIfAborted();
  return done;
}

async function livedAndJudged(
  { steps, killsPerWorld, folder, begin }: MatrixPlan,
  program: string,
  seed: number,
  signal: AbortSignal,
  done: Kills,
): Promise<void> {
  const random = seeded(seed);
  const home = join(folder, `world-${seed}`);
  mkdirSync(home);
  const { settings, lines, checkpoint, offsets, beside } = (await begin(home, random)) as Beginning;
  const committed = async (): Promise<readonly CommittedOffset[]> => (await offsets.load({})) as never;
  let saved = Number.NEGATIVE_INFINITY;
  try {
    const world = new World(program, settings, home, signal);
    const lives = await world.livedThrough({ steps, kills: killsPerWorld, random }, async (life) => {
      const found = await committed();
      await lookedAt(checkpoint, (contents) => expectCommitted(contents, found));
      const before = saved;
      saved = await lookedAtSavepoint(checkpoint, SAVEPOINT, (kept) =>
        kept === undefined ? saved : unsettledFrom(kept),
      );
      // Whoever is killed while it replaces a savepoint leaves the old one or the new one.
      expect(saved).toBeGreaterThanOrEqual(before);
      if (life.saved > 0) expect(saved).toBeGreaterThan(life.saved);
    });
    await beside;
    const { repeated } = await lookedAt(checkpoint, (contents) =>
      lookedAtSavepoint(checkpoint, SAVEPOINT, (savepoint) =>
        judge({ lives, build: settings, lines, contents, savepoint }),
      ),
    );
    expect((await committed()).reduce((sum, { until }) => sum + until, 0)).toBe(settings.until);
    done.add(lives, repeated);
  } catch (error) {
    throw new Error(`SEED=${seed} KILLS=1 repeats this world: ${(error as Error).message}`, { cause: error });
  } finally {
    await beside;
    await offsets.close();
  }
}
