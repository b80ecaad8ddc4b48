import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCheckpoint } from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import { valuesAlike } from './alike.ts';
import { type Case, NotRun } from './Case.ts';
import type { RunCase } from './dstreamCase.ts';
import { inFolder } from './savedFiles.ts';

/** One action in the folder of a checkpoint. */
interface FolderAction {
  readonly call: string;
  readonly name?: string;
}

const CALLS: readonly string[] = ['listCheckpoints', 'createFile', 'mkdir'];

/** Something in the folder of a checkpoint that is none: it must not be taken for one. */
export function checkpointFilesCase({ params, input, expected }: Case): RunCase {
  const steps = input as readonly FolderAction[];
  const unknown = steps.find(({ call }) => !CALLS.includes(call));
  if (unknown !== undefined)
    throw new NotRun(`the runner does not know the call '${unknown.call}' of 'checkpoint.files'`);
  return () =>
    inFolder(async (home) => {
      const folder = String(params.dir).replace('<tmp>', home);
      const got: object[] = [];
      for (const { call, name = '' } of steps) {
        if (call === 'listCheckpoints') {
          got.push({ returns: await checkpointTimes(folder) });
          continue;
        }
        mkdirSync(call === 'mkdir' ? join(folder, name) : folder, { recursive: true });
        if (call === 'createFile') writeFileSync(join(folder, name), '');
        got.push({});
      }
      return got.every((facts, at) => valuesAlike(facts, expected?.[at])) ? undefined : { expected, got };
    });
}

/** The time up to which there is a checkpoint, if there is one. */
async function checkpointTimes(folder: string): Promise<readonly number[]> {
  const { time } = await describeCheckpoint(fileCheckpoint(folder));
  return time === undefined ? [] : [time];
}
