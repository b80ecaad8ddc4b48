/**
 * A small program that plans and settles batches in a file checkpoint, which is merged often: see settledState.ts. Says each time that was
 * answered. Argument: the folder.
 */
import { writeSync } from 'node:fs';
import type { CheckpointContents } from '../../../src/checkpoint/CheckpointStore.ts';
import { fileCheckpoint } from '../../../src/checkpoint/file/fileCheckpoint.ts';
import { changesAt } from './settledState.ts';

const [folder = ''] = process.argv.slice(2);
const store = fileCheckpoint(folder, { compactAfterBytes: 2000, sync: false });

const { lastTime } = (await store.load()) as CheckpointContents;
for (let time = (lastTime ?? 0) + 1; ; time++) {
  await store.plan({ time, cuts: [] });
  await store.settle({ time, positions: [['s', time]], states: [changesAt(time)] });
  writeSync(1, `${time}\n`);
}
