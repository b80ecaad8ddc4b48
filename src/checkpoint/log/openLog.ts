import { isStreamError } from '../../core/errors.ts';
import type { CheckpointContents, CheckpointReport } from '../CheckpointStore.ts';
import { withoutChoices } from './checkpointErrors.ts';
import { CLONES, decodeHead, encodeHead, type Head } from './format/head.ts';
import { refuseHeadless } from './inspectLog.ts';
import { headAfter, LogLife, segmentName } from './LogLife.ts';
import type { LogStorage } from './LogStorage.ts';
import type { LoggedCheckpointOptions } from './loggedCheckpoint.ts';
import { type ReadLog, readLog } from './reading/readLog.ts';
import { removeOrphans } from './writing/removeOrphans.ts';
import { writeBase } from './writing/writeBase.ts';

type Report = (report: CheckpointReport) => void;
type OpenOptions = Pick<LoggedCheckpointOptions, 'startFrom' | 'onUnreadable'>;

/** What was there, and the life that goes on from it. */
export interface Opened {
  readonly read: ReadLog;
  readonly life: LogLife;
}

/** What is published when there is nothing yet: from then on segments without a head are known to have lost theirs. */
const FIRST: Head = { life: 0, clones: CLONES, node: process.versions.node, base: undefined, log: [], isClosed: false };

/** For the owner: reads what is there, or puts it aside, or begins with a savepoint; then begins a life of its own. */
export async function openLog(storage: LogStorage, options: OpenOptions, report: Report): Promise<Opened> {
  const { head, read } = await readable(storage, options, report);
  try {
    if (read.torn !== undefined) report(tornReport(storage, read.torn));
    const life = await LogLife.begin(storage, head, read);
    await removeOrphans(storage, life.head);
    return { read, life };
  } catch (error) {
    read.close();
    throw error;
  }
}

interface Readable {
  readonly head: Head;
  readonly read: ReadLog;
}

async function readable(storage: LogStorage, options: OpenOptions, report: Report): Promise<Readable> {
  const found = await orSetAside(storage, options, report);
  if (options.startFrom === undefined || !isEmpty(found.read.contents)) return found;
  found.read.close();
  await options.startFrom.inspect((contents) => seed(storage, found.head, contents));
  return readNow(storage);
}

async function orSetAside(storage: LogStorage, { onUnreadable }: OpenOptions, report: Report): Promise<Readable> {
  try {
    return await readNow(storage);
  } catch (cause) {
    const isUnreadable = isStreamError(cause, 'CHECKPOINT_CORRUPT') || isStreamError(cause, 'CHECKPOINT_NEWER');
    if (!isUnreadable || onUnreadable !== 'setAside') throw cause;
    const where = await storage.setAside();
    const message = `What was kept in ${storage.name} was set aside as ${where}, the checkpoint begins empty: ${withoutChoices(cause)}`;
    report({ code: 'CHECKPOINT_SET_ASIDE', message, cause, details: { where } });
    return readNow(storage);
  }
}

async function readNow(storage: LogStorage): Promise<Readable> {
  const bytes = await storage.head();
  if (bytes === undefined) {
    await refuseHeadless(storage);
    await storage.publish(encodeHead(FIRST));
  }
  const head = bytes === undefined ? FIRST : decodeHead(bytes, storage.name);
  return { head, read: await readLog(storage, head) };
}

function isEmpty({ lastTime, unsettled, positions, states }: CheckpointContents): boolean {
  return lastTime === undefined && unsettled.length + positions.size + states.size === 0;
}

/** A base with what another checkpoint holds. */
async function seed(storage: LogStorage, before: Head, contents: CheckpointContents): Promise<void> {
  const life = before.life + 1;
  const base = await writeBase(storage, segmentName('base', life, 0), contents, () => {});
  await storage.publish(encodeHead(headAfter(before, { life, base, log: [] })));
}

function tornReport(
  storage: LogStorage,
  { segment, from, bytes, what }: NonNullable<ReadLog['torn']>,
): CheckpointReport {
  const message =
    `The last write to ${storage.name} was cut off and never answered for: ` +
    `${bytes} bytes from byte ${from} of ${segment} on do not count (${what}).`;
  return { code: 'CHECKPOINT_TORN', message, details: { segment, from, bytes } };
}
