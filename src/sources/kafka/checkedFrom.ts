import { refuse, textArgument, wholeNumber } from '../../core/arguments.ts';
import type { OffsetPosition, StartFrom } from './startOffsets.ts';

/** Where a source of the function `where` is to start, as the user has written it. Throws `INVALID_ARGUMENT`. */
export function checkedFrom(where: string, from: StartFrom): StartFrom {
  if (from === 'earliest' || from === 'latest') return from;
  if (Array.isArray(from)) {
    for (const { topic, partition, offset } of from as readonly OffsetPosition[]) {
      textArgument(`${where}(from.topic)`, topic);
      wholeNumber(`${where}(from.partition of ${topic})`, partition, 0);
      wholeNumber(`${where}(from.offset of ${topic} ${partition})`, offset, 0);
    }
    return from;
  }
  const timestampMs = (from as { readonly timestampMs?: unknown } | null)?.timestampMs;
  if (timestampMs === undefined) {
    refuse(`${where}(from)`, "'earliest', 'latest', { timestampMs }, or a list of { topic, partition, offset }", from);
  }
  return { timestampMs: wholeNumber(`${where}(from.timestampMs)`, timestampMs, 0) };
}
