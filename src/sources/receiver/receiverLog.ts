import { optionsArgument, refuse, wholeNumber } from '../../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import { type WriteAheadLogOptions, writeAheadLog } from '../../drivers/log/writeAheadLog.ts';
import type { BlockLog } from './BlockLog.ts';
import { memoryLog } from './memoryLog.ts';

/** Bytes of blocks in memory that have not settled. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/** A log in memory with a size of its own. */
export interface MemoryLogOptions {
  readonly memory: true;
  /** Bytes of blocks that have not settled. While there is no room the peer waits or is refused. Default 64 MiB. */
  readonly maxBytes?: number;
}

const MEMORY_LOG: KnownOptions<MemoryLogOptions> = { memory: true, maxBytes: true };

/**
 * Where a receiver puts what has come before it acknowledges it: the folder of a write-ahead log, or its settings; `'memory'`, or that with
 * a size; or a log of your own, made when it is needed. A folder that is named memory is `'./memory'`.
 */
export type ReceiverLog = string | WriteAheadLogOptions | MemoryLogOptions | (() => BlockLog);

/** How a log is made, and whether it outlives the process. */
export interface LogMaker {
  readonly durable: boolean;
  readonly make: () => BlockLog;
}

/** @internal Checks the option `log` of a receiver. */
export function receiverLog(where: string, name: string, log: ReceiverLog): LogMaker {
  if (typeof log === 'function') {
    const made: BlockLog | undefined = log();
    if (typeof made?.append !== 'function') refuse(where, 'a function that makes a BlockLog', made);
    return { durable: made.durable, make: log };
  }
  if (log === 'memory') return { durable: false, make: () => memoryLog({ name, maxBytes: MEMORY_BYTES }) };
  if (typeof log === 'string') return onDisk({ folder: log });
  optionsArgument(where, log, "'./folder', { folder: './folder', maxBytes: 2 ** 30 } or 'memory'");
  if (!('memory' in log)) return onDisk(log);
  knownOptions(where, log, MEMORY_LOG);
  if (log.memory !== true) refuse(`${where}.memory`, 'true', log.memory);
  const maxBytes = wholeNumber(`${where}.maxBytes`, log.maxBytes ?? MEMORY_BYTES, 1);
  return { durable: false, make: () => memoryLog({ name, maxBytes }) };
}

function onDisk(options: WriteAheadLogOptions): LogMaker {
  // Made once to have its options checked where they are written.
  writeAheadLog(options);
  return { durable: true, make: () => writeAheadLog(options) };
}
