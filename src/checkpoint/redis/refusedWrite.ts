import { StreamError } from '../../core/errors.ts';
import { shownHolder } from './holder.ts';

/** What the script of a write answered instead of `OK` or `DONE`, as an error. */
export function refusedWrite(name: string, answer: string | undefined, more: readonly string[]): StreamError {
  if (answer === 'TAKEN') {
    return new StreamError(
      'CHECKPOINT_TAKEN',
      `${name}: expected to own it, but ${shownHolder(more[0] ?? '')} has taken it over. Nothing of this was written. Stop this process, or that one.`,
    );
  }
  if (answer === 'LOST') {
    return new StreamError(
      'CHECKPOINT_UNAVAILABLE',
      `${name}: Redis has lost writes that it had answered, in a fail-over or a crash. Start again from what it has.`,
      { retriable: true },
    );
  }
  if (answer === 'GONE') {
    return new StreamError('CHECKPOINT_FAILED', `${name}: somebody has deleted it while it was in use.`);
  }
  const [key, length, expected] = more;
  return new StreamError(
    'CHECKPOINT_CORRUPT',
    `${name}: expected ${expected} bytes at ${key}, got ${length}. Somebody else writes or deletes there. Nothing was written.`,
  );
}
