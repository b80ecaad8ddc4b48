import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncScheduler } from 'rxjs';
import { type WriteAheadLog, writeAheadLog } from '../../src/drivers/log/writeAheadLog.ts';
import { KeptFile } from '../flume/push/KeptFile.ts';

/** What is put into a log: blocks of so many records and bytes, from so many receivers that each wait for an answer. */
export interface Load {
  readonly blocks: number;
  readonly records: number;
  readonly bytes: number;
  readonly waiting: number;
}

/** Puts a load into a new file or log in this folder; gives how long each block waited for its answer, in milliseconds. */
export type Logging = (folder: string, load: Load) => Promise<readonly number[]>;

/** The write-ahead log. */
export function ours(sync: 'always' | 'never'): Logging {
  return async (folder, load) => {
    const log = await openedLog(folder, sync);
    const parts = [new Uint8Array(load.bytes).fill(7)];
    const waits = await served(load, () => log.append({ parts, records: load.records }));
    await log.close();
    return waits;
  };
}

/** The same, trimmed as it grows, as batches do. */
export const oursTrimmed: Logging = async (folder, load) => {
  const log = await openedLog(folder, 'always');
  const bytes = new Uint8Array(load.bytes).fill(7);
  const waits = await served(load, async () => {
    const first = await log.append({ parts: [bytes], records: load.records });
    if (first % (100 * load.records) === 0) void log.trim(first);
  });
  await log.close();
  return waits;
};

/** Appended and synced, all that wait together, a new file from time to time: what somebody writes who has thought of it. */
export const byHandTogether: Logging = async (folder, load) => {
  const file = new KeptFile(folder);
  const bytes = Buffer.alloc(load.bytes, 7);
  const waits = await served(load, () => file.keep(bytes));
  await file.close();
  return waits;
};

/** Written over the same 64 MiB again and again, one after the other, each synced: the most that one file on this disk gives. */
export const ceiling: Logging = async (folder, load) => {
  const file = await open(join(folder, 'ceiling'), 'wx');
  const size = 64 * 2 ** 20;
  await file.writeFile(Buffer.alloc(size));
  await file.sync();
  const bytes = new Uint8Array(load.bytes * load.waiting).fill(7);
  const [writes, places] = [load.blocks / load.waiting, Math.floor(size / bytes.length)];
  for (let n = 0; n < writes; n++) {
    await file.write(bytes, 0, bytes.length, (n % places) * bytes.length);
    await file.datasync();
  }
  await file.close();
  return [];
};

/** Each block written to the end of a file, and synced if it is to be, one after the other: all that a loop of one's own can do without groups. */
export function byHand(sync: boolean): Logging {
  return async (folder, load) => {
    const file = await open(join(folder, 'by-hand'), 'a');
    const bytes = new Uint8Array(load.bytes).fill(7);
    let tail: Promise<unknown> = Promise.resolve();
    const append = (): Promise<unknown> => {
      tail = tail.then(async () => {
        await file.appendFile(bytes);
        if (sync) await file.datasync();
      });
      return tail;
    };
    const waits = await served(load, append);
    await file.close();
    return waits;
  };
}

export async function openedLog(folder: string, sync: 'always' | 'never'): Promise<WriteAheadLog> {
  const log = writeAheadLog({ folder: join(folder, 'log'), sync, maxBytes: 4 * 2 ** 30, segmentBytes: 64 * 2 ** 20 });
  await log.open(asyncScheduler, ({ message }) => console.error(message));
  return log;
}

async function served({ blocks, waiting }: Load, append: () => Promise<unknown>): Promise<readonly number[]> {
  const waits: number[] = [];
  let begun = 0;
  const receiver = async (): Promise<void> => {
    while (begun++ < blocks) {
      const from = performance.now();
      await append();
      waits.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: waiting }, receiver));
  return waits;
}
