import type { FileFormat, PiecePlace, RecordScan } from './FileFormat.ts';

/** A file as one record. */
export interface FileRecord {
  /** Relative to the watched directory (of a glob: to the part before the first wildcard), with `/` between folders. */
  readonly name: string;
  /** Where it was read from: the watched directory and the name. */
  readonly path: string;
  /** When it was last modified, in milliseconds since the epoch. */
  readonly modifiedMs: number;
  /** Its bytes, unpacked. */
  readonly content: Buffer;
}

/** Each file is one record. */
export const WHOLE_FORMAT: FileFormat<FileRecord> = {
  keepsEmpty: true,

  measure: (rest, budget) => (rest <= budget ? { bytes: rest, records: 1 } : undefined),

  scan(): RecordScan {
    let seen = 0;
    const scan = {
      until: 0,
      records: 0,
      ended: false,
      push(chunk: Buffer): void {
        seen += chunk.length;
      },
      end(): void {
        scan.until = seen;
        scan.records = 1;
      },
    };
    return scan;
  },

  wholeUntil: () => 0,
  flaw: () => undefined,
  check: () => {},

  visit(content, { name, path, modifiedMs }: PiecePlace, visit) {
    visit({ name, path, modifiedMs, content });
  },
};
