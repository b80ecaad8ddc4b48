import { shown } from '../../core/arguments.ts';
import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';

const CHOICES =
  "Nothing was changed. Start from a savepoint (startFrom), begin empty with onUnreadable: 'setAside', which keeps what is there under another name, or delete it on purpose.";

/** What is kept breaks its format or misses a part of itself. */
export function corrupt(storage: string, what: string, details: Readonly<Record<string, unknown>> = {}): StreamError {
  const { cause, ...facts } = details;
  const options = { details: { storage, ...facts }, ...(cause === undefined ? {} : { cause }) };
  return new StreamError(
    'CHECKPOINT_CORRUPT',
    `the checkpoint in ${storage} cannot be read: ${what}. ${CHOICES}`,
    options,
  );
}

/** What was wrong with a checkpoint that is out of the way now, without what could have been done. */
export function withoutChoices(unreadable: unknown): string {
  return reasonOf(unreadable).replace(` ${CHOICES}`, '');
}

/** A segment that the head names is not there. */
export function missingPart(storage: string, segment: string): StreamError {
  return corrupt(storage, `its part ${segment} is missing`, { segment, missing: true });
}

export function isMissingPart(error: unknown): boolean {
  return isStreamError(error, 'CHECKPOINT_CORRUPT') && error.details.missing === true;
}

/** What is kept was written by something newer. */
export function newer(storage: string, what: string): StreamError {
  const todo = 'Run the newer version again. ';
  return new StreamError(
    'CHECKPOINT_NEWER',
    `the checkpoint in ${storage} is newer than this process: ${what}. ${todo}${CHOICES}`,
    {
      details: { storage },
    },
  );
}

/** A cut would not come back as what it is: with a plain Observable its records are in it. */
export function unreadableCut(source: string): StreamError {
  return new StreamError(
    'STATE_UNREADABLE',
    `the cut of source '${source}' holds something that would not come back from a checkpoint as what it is: ` +
      'an instance of a class, a function, a symbol. The records of an Observable that cannot be read again are written with the plan of ' +
      'their batch: make plain data of them before batchInterval, and what you need of that in an operator after it.',
    { details: { source } },
  );
}

/** The caller broke the contract of the store; nothing of the call counts. */
export function misused(storage: string, what: string): StreamError {
  return new StreamError('CHECKPOINT_FAILED', `the checkpoint in ${storage} refused a call: ${what}.`, {
    details: { storage },
  });
}

/** What of an entry would not come back as what it is: its key, or its value; of a changed entry the key is not told. */
export interface Unreadable {
  readonly key?: unknown;
  readonly value?: unknown;
}

/** A key or value of a state would not come back as what it is. `cause`: it cannot be written at all. */
export function unreadableState(state: string, id: number | undefined, what: Unreadable, cause?: unknown): StreamError {
  const entry = 'key' in what ? `the key ${shown(what.key)}` : `the entry ${id}`;
  const part = 'value' in what ? `the value of ${entry}, ${shown(what.value)},` : entry;
  const why =
    cause === undefined
      ? 'would come back as another kind of thing'
      : `cannot be written: ${reasonOf(cause).replace(/\.$/, '')}`;
  const todo =
    'key' in what && !('value' in what)
      ? 'Keys are plain data and have no codec: make them of plain data, and say with { keyOf } what tells them apart.'
      : 'Keep plain data in the state, or give the operator a codec that turns it into plain data and back.';
  return new StreamError('STATE_UNREADABLE', `the state ${shown(state)}: ${part} ${why}. ${todo}`, {
    details: { state, id, ...('key' in what ? { key: what.key } : {}) },
    ...(cause === undefined ? {} : { cause }),
  });
}
