export { type FileOffsets, type FileOffsetsOptions, fileOffsets } from './offsets/file/fileOffsets.ts';
export { saveAsTextFiles } from './outputs/saveAsTextFiles.ts';
export { type TailFileOptions, tailFile } from './sources/file/tailFile.ts';
