import { StreamError } from '../../core/errors.ts';
import type { SourceReport } from '../Source.ts';
import type { LogContents } from './BlockLog.ts';

/** Where a receiver goes on, as it is kept in a checkpoint. */
export interface ReceiverPosition {
  /** Whose numbers these are: the id of the log, and for each time that it has lost its end, where that was and a word of its own. */
  readonly log: string;
  readonly next: number;
}

/** What a cut contains, as it is kept in a checkpoint. */
export interface ReceiverCut {
  readonly log: string;
  readonly from: number;
  readonly until: number;
}

/** What is told when records are gone, and whether it is an error. */
export interface LossRules {
  readonly name: string;
  readonly onLost: 'fail' | 'skip';
  tell(code: SourceReport['code'], message: string, more?: { readonly count: number }): unknown;
}

/** Finds the place of `position` in a log that was opened; where its records are gone that is told, or an error. */
export function placeIn(
  contents: LogContents,
  position: ReceiverPosition | undefined,
  rules: LossRules,
): ReceiverPosition {
  const { id, first, next } = contents;
  if (position === undefined) return { log: id, next: first };
  if (position.log !== id && !position.log.startsWith(`${id} `)) {
    rules.tell(
      'POSITION_RESET',
      'the checkpoint knows another log than this one: goes on with the first record that is here.',
    );
    return { log: id, next: first };
  }
  if (position.next < first) {
    const what = `the records ${position.next} to ${first - 1} were processed and trimmed after this checkpoint was made`;
    lost(what, first - position.next, rules);
    return { log: position.log, next: first };
  }
  if (position.next <= next) return position;
  const what = `the log ends at record ${next}, and batches were cut up to ${position.next}: its end is lost`;
  lost(what, position.next - next, rules);
  // The numbers come again for other records: from now on they are told apart.
  return { log: `${position.log} ${next}:${crypto.randomUUID()}`, next };
}

/** Records of `line` with lower numbers are there under `current` too: all, those before the lost ends between the two, or none. */
export function keptUntil(line: string, current: string): number {
  if (line === current) return Number.POSITIVE_INFINITY;
  if (!current.startsWith(`${line} `)) return 0;
  const ends = current.slice(line.length + 1).split(' ');
  return Math.min(...ends.map((end) => Number.parseInt(end, 10)));
}

/** Records that a batch is to have are gone. */
export function lost(what: string, count: number, { name, onLost, tell }: LossRules): void {
  if (onLost === 'skip') {
    tell('RECORDS_DROPPED', `${what}; it goes on without them.`, { count });
    return;
  }
  const advice = "Say onLost: 'skip' to go on without them.";
  throw new StreamError('DATA_LOST', `${name}: ${what}. ${advice}`, { details: { count } });
}
