import { StreamError } from '../../../core/errors.ts';

/** What a peer sent breaks the protocol: `DATA_CORRUPT`, for its connection alone. */
export function malformed(expected: string, got: unknown): StreamError {
  return new StreamError('DATA_CORRUPT', `expected ${expected}, got ${got}`);
}
