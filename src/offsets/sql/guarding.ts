import { StreamError } from '../../core/errors.ts';

/** Comments and empty statements, then a word that begins or ends a transaction; savepoints are free. */
const ENDING =
  /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction)\b/i;

/** Whether the statement would begin or end a transaction. */
export function endsTransaction(sql: string): boolean {
  return ENDING.test(sql);
}

/** What looks like statements in SQLite and is none: texts, names, comments. */
const QUOTED = /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
const TRIGGER = /\bcreate\s+(?:temp(?:orary)?\s+)?trigger\b/i;

/**
 * The first statement of a text of SQLite, of one or several, that would begin or end a transaction. A trigger has a `BEGIN` and an `END` of its
 * own: where one is created only the beginning of the text is looked at.
 */
export function endingStatement(sql: string): string | undefined {
  const bare = sql.replaceAll(QUOTED, ' ');
  const statements = TRIGGER.test(bare) ? [bare] : bare.split(';');
  return statements.find(endsTransaction);
}

/** The refusal of such a statement. */
export function notWithin(store: string, sql: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} handle: expected a statement within the transaction of the batch, got ${JSON.stringify(sql.trim().slice(0, 40))}. ` +
      'It is committed with the offsets when all outputs of the batch are done; throw to roll it back, or use SAVEPOINT.',
  );
}

/** The refusal of a handle that somebody has kept. */
export function afterItsEnd(store: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} handle: expected to be used before its batch ends, got a use after that. ` +
      'Let the function that writes end only when all is written, and do not keep the handle.',
  );
}

/** The refusal of a second end. */
export function endedBefore(store: string): StreamError {
  const message = `${store} commit: expected a transaction that is open, got one that has ended.`;
  return new StreamError('OFFSET_STORE_FAILED', message);
}

/** What a commit says that finds its transaction gone. */
export function endedWithin(store: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} commit: expected the transaction of the batch to be open, got that the function that writes has ended it. ` +
      'What it wrote may be committed without its offsets; leave COMMIT and ROLLBACK out of it.',
  );
}
