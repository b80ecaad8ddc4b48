export { type FileOffsets, type FileOffsetsOptions, fileOffsets } from './offsets/file/fileOffsets.ts';
export { saveAsObjectFiles } from './outputs/saveAsObjectFiles.ts';
export { saveAsTextFiles } from './outputs/saveAsTextFiles.ts';
export type { SaveOptions } from './outputs/saveLines.ts';
export { type TailFileOptions, tailFile } from './sources/file/tailFile.ts';
