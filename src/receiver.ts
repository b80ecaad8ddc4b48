export type { BlockLog, LogContents, LoggedBlock, LogReport, NewBlock, TakeLimit } from './sources/receiver/BlockLog.ts';
export type { Receiver, ReceiverHost } from './sources/receiver/Receiver.ts';
