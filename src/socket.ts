export { type SocketFramesOptions, socketFrames } from './sources/socket/socketFrames.ts';
export type { SocketOptions } from './sources/socket/socketOptions.ts';
export { type SocketTextOptions, socketText } from './sources/socket/socketText.ts';
