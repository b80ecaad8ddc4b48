import { type FseTable, fseTable } from './FseTable.ts';

/** One of the three kinds of numbers that sequences are made of, and how its codes are read. */
export interface SequenceCode {
  readonly maxLog: number;
  readonly maxSymbol: number;
  /** For each code what its extra bits are added to, and how many there are. Offsets need no such table. */
  readonly bases: Int32Array;
  readonly extra: Uint8Array;
  /** The table of blocks that bring none. */
  readonly predefined: FseTable;
}

function sequenceCode(
  maxLog: number,
  codes: readonly (readonly [base: number, extra: number])[],
  log: number,
  counts: readonly number[],
): SequenceCode {
  return {
    maxLog,
    maxSymbol: codes.length - 1,
    bases: Int32Array.from(codes, ([base]) => base),
    extra: Uint8Array.from(codes, ([, extra]) => extra),
    predefined: fseTable(counts, log),
  };
}

/** Codes for numbers that follow each other: each begins where the one before ends. */
function consecutive(first: number, extras: readonly number[]): [base: number, extra: number][] {
  let base = first;
  return extras.map((extra) => {
    const code: [number, number] = [base, extra];
    base += 1 << extra;
    return code;
  });
}

const times = (count: number, value: number): number[] => Array<number>(count).fill(value);

/** How many literals a sequence begins with. */
export const LITERAL_LENGTH: SequenceCode = sequenceCode(
  9,
  [
    ...consecutive(0, [...times(16, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4]),
    ...consecutive(64, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
  ],
  6,
  [4, 3, ...times(11, 2), 1, 1, 1, ...times(9, 2), 3, 2, ...times(5, 1), ...times(4, -1)],
);

/** How many bytes a sequence repeats. */
export const MATCH_LENGTH: SequenceCode = sequenceCode(
  9,
  [
    ...consecutive(3, [...times(32, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5]),
    ...consecutive(131, [7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
  ],
  6,
  [1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)],
);

/** How far back they lie: the code is the number of extra bits, and of the power of two they are added to. */
export const OFFSET: SequenceCode = sequenceCode(
  8,
  Array.from({ length: 32 }, () => [0, 0] as const),
  5,
  [...times(6, 1), 2, 2, 2, ...times(15, 1), ...times(5, -1)],
);
