import { StreamError } from '../../core/errors.ts';

/** What happens to a partition whose records are gone: an error, or going on at the first or after the last there is. */
export type DataLostPolicy = 'fail' | 'earliest' | 'latest';

/** Why the records at a position are gone, or are not those that were meant. */
export type DataLossKind = 'expired' | 'truncated' | 'recreated' | 'deleted';

/** That the records between where reading goes on and what the log has are gone. */
export interface DataLoss {
  readonly kind: DataLossKind;
  readonly topic: string;
  readonly partition: number;
  /** Where reading was to go on. */
  readonly position: number;
  /** First offset that the log has; -1 where there is no log. */
  readonly earliest: number;
  /** Offset after the last one of the log; -1 where there is no log. */
  readonly latest: number;
}

const WHAT: Readonly<Record<DataLossKind, (loss: DataLoss) => string>> = {
  expired: ({ position, earliest }) =>
    `offsets ${position} to ${earliest - 1} were deleted before they were read (the log begins at ${earliest})`,
  truncated: ({ position, latest }) =>
    `offset ${position} was reached before, but the log ends at ${latest}: it was truncated, or recreated, or the offset is another topic's`,
  recreated: ({ position }) =>
    `the topic was deleted and created anew; offset ${position} belongs to the one before, and what that had left is gone`,
  deleted: ({ position }) => `the topic is gone; reading was at offset ${position}`,
};

const ADVICE: Readonly<Record<DataLossKind, string>> = {
  expired: "Say onDataLost: 'earliest' to go on without them; a longer retention keeps it from happening again.",
  truncated:
    "Say onDataLost: 'earliest' to read what is there from its beginning or 'latest' to go on behind it. " +
    'An offset store keeps the higher offset: take a new group.',
  recreated:
    "Say onDataLost: 'earliest' to read the new topic from its beginning or 'latest' to go on behind it. " +
    'An offset store keeps the higher offset: take a new group.',
  deleted: "Say onDataLost: 'earliest' to go on without it, or take it out of what is read.",
};

/** What happened, for a report. */
export function lossMessage(loss: DataLoss): string {
  return `${loss.topic}[${loss.partition}]: ${WHAT[loss.kind](loss)}`;
}

/** The failure of a run under `onDataLost: 'fail'`. */
export function lossError(name: string, loss: DataLoss): StreamError {
  return new StreamError('DATA_LOST', `${name}: ${lossMessage(loss)}. ${ADVICE[loss.kind]}`, { details: { ...loss } });
}
