import { appendFileSync, cpSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { asyncScheduler } from 'rxjs';
import { FRAME } from '../../../src/drivers/log/frames.ts';
import { GroupCommit } from '../../../src/drivers/log/GroupCommit.ts';
import { type WriteAheadLog, writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import { type Case, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { inFolder } from './savedFiles.ts';
import { type Action, type Actions, actionsCase } from './scenario.ts';

/** A scenario of a write-ahead log, or `undefined` if it is about something else. */
export function walScenario(given: Case): RunCase | undefined {
  if (given.operation !== 'writeAheadLog') return undefined;
  const calls = (given.input as readonly Action[]).map(({ call }) => call);
  if (given.params.closeFileAfterWrite === true || calls.includes('fileCount')) throw new NotRun(DIFFERENCES.logFiles);
  // What is written together is sorted by times that the writers give it, and named after the highest.
  if (calls.includes('underlyingWrites')) throw new NotRun(DIFFERENCES.logFiles);
  if (calls.includes('failUnderlying')) return actionsCase(given, groupActions);
  actionsCase(given, () => fileActions('')); // says which calls it does not know, without a file
  return () =>
    inFolder(async (home) => {
      const actions = fileActions(home);
      try {
        return await actionsCase(given, () => actions)();
      } finally {
        await actions.close?.({ call: 'close' });
      }
    });
}

/** A log that is not closed: whoever reads it finds it as a crash would have left it. */
function fileActions(home: string): Actions {
  const folder = join(home, 'log');
  let log: WriteAheadLog | undefined;
  let written = 0;
  let copies = 0;
  const segment = (): string => {
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.wal'));
    return join(folder, file);
  };
  return {
    async writeRecords({ records }) {
      log = writeAheadLog({ folder });
      await log.open(asyncScheduler, () => {});
      for (const record of records as readonly string[]) await log.append({ parts: [Buffer.from(record)], records: 1 });
      written = statSync(segment()).size;
      return {};
    },
    appendGarbage({ text }) {
      appendFileSync(segment(), text as string);
      return {};
    },
    truncateToWrittenLengthMinus({ bytes }) {
      truncateSync(segment(), written - (bytes as number));
      return {};
    },
    async readAll() {
      const copy = join(home, `copy-${copies++}`);
      cpSync(folder, copy, { recursive: true });
      return { returns: await readAll(copy) };
    },
    async close() {
      await log?.close();
      return {};
    },
  };
}

async function readAll(folder: string): Promise<readonly string[]> {
  const log = writeAheadLog({ folder, takeOver: true });
  const { first, next } = await log.open(asyncScheduler, () => {});
  try {
    return (await log.read(first, next)).map(({ bytes }) => Buffer.from(bytes).toString());
  } finally {
    await log.close();
  }
}

/** What writes records together, over a place to write to that fails. */
function groupActions(): Actions {
  let failure: Error | undefined;
  const commits = new GroupCommit({
    groupBytes: 1 << 20,
    async commit() {
      if (failure !== undefined) throw failure;
    },
  });
  return {
    failUnderlying({ message }) {
      failure = new Error(message as string);
      return {};
    },
    async write({ record }) {
      const bytes = Buffer.from(record as string);
      const frame = { kind: FRAME.block, record: 0, records: 1, note: undefined, parts: [bytes], length: bytes.length };
      return commits.add(frame).then(
        () => ({}),
        (error: unknown) => ({ error: { error } }),
      );
    },
  };
}
