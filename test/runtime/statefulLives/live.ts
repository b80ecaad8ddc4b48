import { defer, retry, timer } from 'rxjs';
import { isStreamError, memoryCheckpoint, type StateValues, StreamingContext } from '../../../src/index.ts';
import { watch } from '../../support/stage.ts';
import { type Effect, Life, Outside } from './Outside.ts';
import { INTERVAL, pipelineIn } from './pipeline.ts';
import type { Place } from './places.ts';

/** Some lives after one another over the same outside, the last of them without any trouble. */
export async function livedThrough(seed: number, lives: number, place: Place, values?: StateValues): Promise<Outside> {
  const outside = new Outside(seed, values);
  for (let life = 1; life < lives; life++) await live(new Life(outside, true), place);
  await live(new Life(outside, false), place);
  return outside;
}

/** The same batches once more, in one process in which nothing goes wrong: what should have come out. */
export async function undisturbed({ logs, history }: Outside): Promise<readonly Effect[]> {
  const outside = new Outside(0);
  for (const name of ['a', 'b'] as const) outside.logs[name].append(...logs[name].records);
  const checkpoint = memoryCheckpoint({ durable: true });
  for (const batch of history) void checkpoint.plan(batch);
  const last = history.at(-1)?.time ?? 0;
  outside.now = last;
  await live(new Life(outside, false), { open: () => checkpoint, left: async () => {} });
  return outside.effects.filter(({ time }) => time <= last);
}

async function live(life: Life, place: Place): Promise<void> {
  const { outside, clock } = life;
  const { random } = outside;
  const advance = async (ms: number): Promise<void> => {
    clock.advanceBy(ms);
    if (life.answers.any) await life.answers.all(() => life.isGone);
  };
  const context = new StreamingContext({
    interval: INTERVAL,
    scheduler: clock,
    checkpoint: place.open(life),
    maxQueuedBatches: 4,
    freezeState: true,
    onWarning: () => {},
  });
  const seen = watch(
    defer(() => pipelineIn(life, context, outside.offsets)).pipe(
      retry({
        delay: (error) => {
          if (!life.isGone && !isTrouble(error)) outside.violations.push(`failed: ${error}`);
          return timer(random.int(1, 40), clock);
        },
      }),
    ),
  );
  const end = clock.now() + random.int(100, 900);
  while (clock.now() < end && !life.isGone && !life.happens(15)) {
    await advance(random.int(1, 40));
    if (life.happens(350)) outside.append('a', random.int(1, 5));
    if (life.happens(250)) outside.append('b', random.int(1, 3));
  }
  const how = life.happens(500) ? 'crashes' : random.pick(['stops', 'is left', 'ends in peace']);
  if (life.isGone || (life.isTroubled && how === 'crashes')) life.isGone = true;
  else if (!life.isTroubled || how === 'ends in peace') {
    void context.stop({ graceful: true, deadline: 2000 });
    for (let ms = 0; ms < 2500 && !life.isGone; ms += 25) await advance(25);
  } else if (how === 'stops') void context.stop();
  else seen.unsubscribe();
  await place.left(life);
  if (seen.error !== undefined) outside.violations.push(`ended: ${seen.error}`);
  // What a process that is gone had begun comes to nothing: its clock stands. The next one's may have been set back.
  outside.now = Math.max(0, clock.now() + random.int(-100, 200));
}

function isTrouble(error: unknown): boolean {
  if (isStreamError(error)) return isTrouble(error.cause);
  return error instanceof Error && error.message === 'trouble';
}
