/** Lines of a file, offsets and checkpoint in files. */
import { folderLog } from '../../../../src/checkpoint/file/folderLog.ts';
import { loggedCheckpoint } from '../../../../src/checkpoint/log/loggedCheckpoint.ts';
import { fileOffsets } from '../../../../src/file.ts';
import { type GrownLog, linesOfFile } from './linesOfFile.ts';
import { COMPACTION, live, settings } from './live.ts';
import { stepsOfStorage } from './stepsOfStorage.ts';

export interface OnFiles extends GrownLog {
  readonly offsets: string;
  readonly checkpoint: string;
  readonly sync: boolean;
}

const { offsets, checkpoint, sync, ...rest } = settings<OnFiles>();

live(rest, {
  offsets: fileOffsets({ path: offsets }),
  source: (store) => linesOfFile(rest, store),
  lineOf: (line) => line,
  checkpoint: (steps, asked) =>
    loggedCheckpoint(stepsOfStorage(folderLog({ folder: checkpoint, sync }), steps, asked), COMPACTION),
});
