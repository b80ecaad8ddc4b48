import { StreamError } from '../../../core/errors.ts';

/**
 * Turns a compressed section back into its bytes, which no later call touches. Bytes that break the format throw; output
 * beyond `maxBytes` throws `BUFFER_FULL` before it is made. Checksums inside the format are not looked at: the record
 * batch has its own over the same bytes.
 */
export type Decompress = (bytes: Buffer, maxBytes: number) => Buffer;

/** What a decompressor throws at output beyond its limit. */
export function tooLarge(codec: string, maxBytes: number, cause?: unknown): never {
  throw new StreamError(
    'BUFFER_FULL',
    `A ${codec} record batch is larger than ${maxBytes} bytes when decompressed. ` +
      'Raise maxBatchBytes if batches of this size are wanted.',
    { cause, details: { codec, maxBytes } },
  );
}

/** What a decompressor throws at bytes that break its format. */
export function malformed(codec: string, what: string): never {
  throw new StreamError('DATA_CORRUPT', `Not a valid ${codec} stream: ${what}.`, { details: { codec } });
}
