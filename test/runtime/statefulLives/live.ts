import { defer, retry, timer } from 'rxjs';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import { isStreamError, memoryCheckpoint, type StateValues, StreamingContext } from '../../../src/index.ts';
import { watch } from '../../support/stage.ts';
import { checkpointOf, type Effect, Life, Outside } from './Outside.ts';
import { INTERVAL, pipelineIn } from './pipeline.ts';

/** Some lives after one another over the same outside, the last of them without any trouble. */
export function livedThrough(
  seed: number,
  lives: number,
  checkpoint: (life: Life) => CheckpointStore = checkpointOf,
  values?: StateValues,
): Outside {
  const outside = new Outside(seed, values);
  for (let life = 1; life < lives; life++) live(new Life(outside, true), checkpoint);
  live(new Life(outside, false), checkpoint);
  return outside;
}

/** The same batches once more, in one process in which nothing goes wrong: what should have come out. */
export function undisturbed({ logs, history }: Outside): readonly Effect[] {
  const outside = new Outside(0);
  for (const name of ['a', 'b'] as const) outside.logs[name].append(...logs[name].records);
  const checkpoint = memoryCheckpoint({ durable: true });
  for (const batch of history) void checkpoint.plan(batch);
  const last = history.at(-1)?.time ?? 0;
  outside.now = last;
  live(new Life(outside, false), () => checkpoint);
  return outside.effects.filter(({ time }) => time <= last);
}

function live(life: Life, checkpoint: (life: Life) => CheckpointStore): void {
  const { outside, clock } = life;
  const { random } = outside;
  const context = new StreamingContext({
    interval: INTERVAL,
    scheduler: clock,
    checkpoint: checkpoint(life),
    maxQueuedBatches: 4,
    freezeState: true,
    onWarning: () => {},
  });
  const seen = watch(
    defer(() => pipelineIn(life, context, outside.offsets)).pipe(
      retry({
        delay: (error) => {
          if (!isTrouble(error)) outside.violations.push(`failed: ${error}`);
          return timer(random.int(1, 40), clock);
        },
      }),
    ),
  );
  const end = clock.now() + random.int(100, 900);
  while (clock.now() < end && !life.happens(15)) {
    clock.advanceBy(random.int(1, 40));
    if (life.happens(350)) outside.append('a', random.int(1, 5));
    if (life.happens(250)) outside.append('b', random.int(1, 3));
  }
  const how = life.happens(500) ? 'crashes' : random.pick(['stops', 'is left', 'ends in peace']);
  if (!life.happens(1000) || how === 'ends in peace') {
    void context.stop({ graceful: true, deadline: 2000 });
    clock.advanceBy(2500);
  } else if (how === 'stops') void context.stop();
  else if (how === 'is left') seen.unsubscribe();
  if (seen.error !== undefined) outside.violations.push(`ended: ${seen.error}`);
  // What a process that is gone had begun comes to nothing: its clock stands. The next one's may have been set back.
  outside.now = Math.max(0, clock.now() + random.int(-100, 200));
}

function isTrouble(error: unknown): boolean {
  if (isStreamError(error)) return isTrouble(error.cause);
  return error instanceof Error && error.message === 'trouble';
}
