import { isUtf8 } from 'node:buffer';
import { refuse } from '../../core/arguments.ts';

/** Turns bytes into text. What the character set cannot express becomes U+FFFD. */
export interface Decoding {
  decode(bytes: Buffer, from: number, until: number): string;
  /** Whether every byte of the range has a meaning in the character set. */
  isValid(bytes: Buffer, from: number, until: number): boolean;
  /** Where to cut at or a little before `until`, so that no character is torn. */
  wholeCharacters(bytes: Buffer, from: number, until: number): number;
}

const UTF8: Decoding = {
  decode: (bytes, from, until) => bytes.toString('utf8', from, until),
  isValid: (bytes, from, until) => isUtf8(bytes.subarray(from, until)),
  wholeCharacters(bytes, from, until) {
    let end = until;
    for (let step = 0; step < 3 && end > from && isContinuation(bytes[end]); step++) end--;
    return isContinuation(bytes[end]) ? until : end;
  },
};

const LATIN1: Decoding = {
  decode: (bytes, from, until) => bytes.toString('latin1', from, until),
  isValid: () => true,
  wholeCharacters: (_bytes, _from, until) => until,
};

const NATIVE: Readonly<Record<string, Decoding>> = { utf8: UTF8, 'utf-8': UTF8, latin1: LATIN1, 'iso-8859-1': LATIN1 };

/**
 * The decoding of a character set: `utf8` and `latin1` natively, every other one that `TextDecoder` knows. Character sets
 * in which a newline is not the one byte 0x0A (UTF-16) are refused.
 */
export function decodingOf(where: string, charset: string): Decoding {
  const native = NATIVE[String(charset).toLowerCase()];
  if (native !== undefined) return native;
  const lenient = textDecoder(charset, false);
  if (lenient === undefined) {
    return refuse(where, 'a character set that TextDecoder knows, as utf8, latin1 or shift_jis', charset);
  }
  if (lenient.encoding.startsWith('utf-16')) {
    refuse(where, 'a character set whose newline is one byte', charset, 'Convert the text to utf8 first.');
  }
  const strict = textDecoder(charset, true);
  return {
    decode: (bytes, from, until) => lenient.decode(bytes.subarray(from, until)),
    isValid(bytes, from, until) {
      try {
        strict?.decode(bytes.subarray(from, until));
        return true;
      } catch {
        return false;
      }
    },
    wholeCharacters: (_bytes, _from, until) => until,
  };
}

/** `undefined` for a label that it does not know. */
function textDecoder(charset: string, fatal: boolean): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(charset, { ignoreBOM: true, fatal });
  } catch {
    return undefined;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
