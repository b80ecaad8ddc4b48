/** What a segment says at its beginning of all that came before it. */
export interface Begin {
  /** The log's id. */
  readonly log: string;
  /** The first record that was not trimmed. */
  readonly trimmed: number;
  /** The last note, as JSON. */
  readonly note: string | undefined;
  /** Whether its file was that of an earlier segment: then zeros in the place of a head are its end, and what is behind them means nothing. */
  readonly isReused: boolean;
}

export function printBegin({ log, trimmed, note, isReused }: Begin): Buffer {
  const notes = note === undefined ? [] : [JSON.parse(note) as unknown];
  return Buffer.from(JSON.stringify({ log, trimmed, note: notes, ...(isReused && { reused: true }) }), 'utf8');
}

/** `undefined` if that is not what it says. */
export function parsedBegin(text: string | undefined): Begin | undefined {
  const { log, trimmed, note, reused } = objectIn(text);
  if (typeof log !== 'string' || !Number.isSafeInteger(trimmed) || !Array.isArray(note)) return undefined;
  return {
    log,
    trimmed: trimmed as number,
    note: note.length === 0 ? undefined : JSON.stringify(note[0]),
    isReused: reused === true,
  };
}

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text ?? '{}') ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
