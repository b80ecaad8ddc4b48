import { optionsArgument, refuse, wholeNumber } from '../../core/arguments.ts';
import type { BlockLog } from './BlockLog.ts';
import { memoryLog } from './memoryLog.ts';

const MiB = 1024 * 1024;

/** A log in memory with a size of its own. */
export interface MemoryLogOptions {
  readonly memory: true;
  /** Bytes of blocks that have not settled. While there is no room the peer waits or is refused. Default 64 MiB. */
  readonly maxBytes?: number;
}

/** Where a receiver puts what has come before it acknowledges it. */
export type ReceiverLog = 'memory' | MemoryLogOptions;

/** How a log is made, and whether it outlives the process. */
export interface LogMaker {
  readonly durable: boolean;
  readonly make: () => BlockLog;
}

/** @internal Checks the option `log` of a receiver. */
export function receiverLog(where: string, name: string, log: ReceiverLog): LogMaker {
  if (log === 'memory') return { durable: false, make: () => memoryLog({ name, maxBytes: 64 * MiB }) };
  optionsArgument(where, log, "'./folder', { folder: './folder', maxBytes: 2 ** 30 } or 'memory'");
  if (log.memory !== true) refuse(`${where}.memory`, 'true', log.memory);
  const maxBytes = wholeNumber(`${where}.maxBytes`, log.maxBytes ?? 64 * MiB, 1);
  return { durable: false, make: () => memoryLog({ name, maxBytes }) };
}
