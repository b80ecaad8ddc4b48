import { retry } from 'rxjs';
import { memoryCheckpoint } from '../../../src/checkpoint/memory/memoryCheckpoint.ts';
import { clonedCheckpoint } from '../../../src/testing/clonedCheckpoint.ts';
import { violations } from './judge.ts';
import { lawful, type Parts, pipelineIn } from './pipeline.ts';
import { Outside, World } from './World.ts';

/** How one history goes: where its lives end, and what the machine does in between. */
export interface Story {
  /** The step at which each life crashes; the life after the last of them runs to the end. */
  readonly crashes: readonly number[];
  /** Milliseconds contracts take to answer; 0: in the same call. */
  readonly delay: number;
  /** Milliseconds between a crash and the next start. Negative: the clock was set back meanwhile. */
  readonly downtime?: number;
  readonly parts?: Parts;
  /** Instead of a crash: the step at which a call fails; the pipeline is retried in the same process. */
  readonly failAt?: number;
}

/** What came out of a story. */
export interface Outcome {
  readonly violations: readonly string[];
  /** The steps of each life. */
  readonly lives: readonly (readonly string[])[];
  readonly repeats: number;
}

/** Lives a story through, each life with a new context over what survived the one before. */
export async function simulate({ crashes, delay, downtime = 25, parts = lawful, failAt }: Story): Promise<Outcome> {
  // A retry goes on in its process: with the very objects that settled.
  const checkpoint = failAt === undefined ? clonedCheckpoint() : memoryCheckpoint({ durable: true });
  const outside = new Outside(crashes[0], checkpoint);
  const lives: (readonly string[])[] = [];
  const problems: string[] = [];
  let now = 0;
  for (const crashAt of [...crashes, Number.POSITIVE_INFINITY]) {
    const world = new World(outside, now, { crashAt, delay, ...(failAt === undefined ? {} : { failAt }) });
    let ended = false;
    const pipeline = pipelineIn(world, parts);
    (failAt === undefined ? pipeline : pipeline.pipe(retry(1))).subscribe({
      error: (error) => !world.dead && problems.push(`failed: ${error}`),
      complete: () => {
        ended = true;
      },
    });
    await world.live();
    lives.push(world.steps);
    now = Math.max(0, world.now + downtime);
    if (world.dead) outside.crashed();
    else {
      if (!ended && problems.length === 0) problems.push('did not end');
      break;
    }
  }
  const keys = outside.effects.map(({ chain, time }) => `${chain} ${time}`);
  return {
    violations: [...problems, ...violations(outside)],
    lives,
    repeats: keys.length - new Set(keys).size,
  };
}
