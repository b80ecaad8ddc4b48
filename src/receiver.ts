export type { WriteAheadLogOptions } from './drivers/log/writeAheadLog.ts';
export type {
  BlockLog,
  LogContents,
  LoggedBlock,
  LogReport,
  NewBlock,
  TakeLimit,
} from './sources/receiver/BlockLog.ts';
export type { OnUndecodable, UndecodableBlock } from './sources/receiver/BlockRun.ts';
export type { ReceiveAnswer, Receiving } from './sources/receiver/custom/Receiving.ts';
export { type CustomReceiverOptions, receiver } from './sources/receiver/custom/receiver.ts';
export type { Receiver, ReceiverHost } from './sources/receiver/Receiver.ts';
export type { MemoryLogOptions, ReceiverLog } from './sources/receiver/receiverLog.ts';
export type { ReceiverOptions } from './sources/receiver/receiverObservable.ts';
