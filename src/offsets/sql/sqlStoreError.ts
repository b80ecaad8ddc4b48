import { isStreamError, StreamError } from '../../core/errors.ts';
import { SqlFailure } from '../../drivers/sql/SqlFailure.ts';

/** What a store does when it fails. */
export type SqlAct = 'load' | 'commit' | 'own' | 'begin' | 'query' | 'rollback';

/** What helps against the refusals that people meet, by SQLSTATE or what the message says. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/28P01|28000|SASL|3D000/, 'Give the right user, password and database.'],
  [/42501/, 'The user has to be allowed to read and write both tables, and to create them where they are missing.'],
  [
    /42P01|42703|no such (table|column)/,
    'Create the tables as the page of the store says. Where they were dropped under a run, put the offsets back and start again; they are created as it ' +
      'starts, except where createTables is false.',
  ],
  [
    /25P02/,
    'A statement of the batch failed and its failure was not passed on: in PostgreSQL that is the end of a transaction.',
  ],
  [/54000/, 'The name of a topic is too long for an index.'],
  [/22021/, 'PostgreSQL keeps no text with a character 0.'],
];

/** The failure of a database as the store's; what has a code already keeps it. */
export function sqlStoreError(store: string, act: SqlAct, error: unknown): unknown {
  if (isStreamError(error) || !(error instanceof SqlFailure)) return error;
  const { kind, message, cause } = error;
  if (kind === 'refused') {
    const advice = ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? 'See the cause.';
    return new StreamError('OFFSET_STORE_FAILED', `${store} ${act}: ${message}. ${advice}`, { cause: cause ?? error });
  }
  const ambiguous =
    act === 'commit'
      ? 'The commit may have taken effect; repeating it is safe.'
      : 'Is it running there? Try again with retry({ delay: 1000 }).';
  return new StreamError('OFFSET_STORE_UNAVAILABLE', `${store} ${act}: ${message}. ${ambiguous}`, {
    cause: cause ?? error,
    retriable: true,
  });
}
