/** Windows and states over a file, with checkpoint and offsets in files, killed with -9 at every step. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileCheckpoint } from '../../../src/checkpoint/file/fileCheckpoint.ts';
import { fileOffsets } from '../../../src/file.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { crashMatrix, KILLS, SEED } from './crashMatrix.ts';
import { grownLog } from './grownLog.ts';
import { LOG_STEPS, PIPELINE_STEPS } from './stepsToKillAt.ts';

/** By their beginnings: `merge` stands for all steps of merges. */
const EVERY_STEP = [...Object.keys(PIPELINE_STEPS), 'load', 'plan', 'settle', 'merge'];
const STEPS = { ...PIPELINE_STEPS, ...LOG_STEPS };

const folder = temporaryFolder();

it(`a pipeline over a file, killed ${KILLS} times or more, ends as if it never was (SEED=${SEED})`, {
  timeout: 300_000 + KILLS * 2000,
}, async ({ signal }) => {
  const kills = await crashMatrix({
    program: 'onFiles',
    steps: STEPS,
    kills: KILLS,
    killsPerWorld: 40,
    folder,
    signal,
    begin(home, random) {
      const { lines, settings } = grownLog(home, random);
      const [offsets, checkpoint] = [join(home, 'offsets'), join(home, 'checkpoint')];
      return {
        // Without waiting for the disk a killed process loses nothing either.
        settings: { ...settings, offsets, checkpoint, sync: random.pick([true, false]) },
        lines,
        checkpoint: fileCheckpoint(checkpoint),
        offsets: fileOffsets({ path: offsets }),
      };
    },
  });
  console.log(`${kills}; SEED=${SEED}`);
  expect(kills.count).toBeGreaterThanOrEqual(KILLS);
  expect(kills.repeated).toBeGreaterThan(0);
  for (const step of KILLS < 200 ? [] : EVERY_STEP) expect(kills.during(step), step).toBeGreaterThan(2);
});
