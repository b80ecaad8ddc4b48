import type { FileFormat, RecordScan } from './FileFormat.ts';

/** Records of `length` bytes each, one after the other. */
export function fixedFormat(length: number): FileFormat<Buffer> {
  const whole = (bytes: number): number => bytes - (bytes % length);
  return {
    keepsEmpty: false,

    measure(rest, budget, maxRecords) {
      const bytes = rest <= budget && rest <= maxRecords * length ? rest : whole(Math.min(budget, maxRecords * length));
      return bytes === 0 && rest > 0 ? undefined : { bytes, records: Math.floor(bytes / length) };
    },

    scan(maxRecords): RecordScan {
      let seen = 0;
      const scan = {
        until: 0,
        records: 0,
        ended: false,
        push(chunk: Buffer): void {
          seen += chunk.length;
          scan.records = Math.min(Math.floor(seen / length), maxRecords);
          scan.until = scan.records * length;
          scan.ended = scan.records >= maxRecords;
        },
        end(): void {
          if (!scan.ended) scan.until = seen;
        },
      };
      return scan;
    },

    wholeUntil: (bytes) => whole(bytes.length),

    flaw(bytes, { from }) {
      const over = bytes.length % length;
      if (over === 0) return undefined;
      return `expected records of ${length} bytes, but only ${over} bytes are left at byte ${from + bytes.length - over}`;
    },

    check: () => {},

    visit(bytes, _place, visit) {
      for (let at = 0; at + length <= bytes.length; at += length) {
        if (visit(bytes.subarray(at, at + length)) === false) return;
      }
    },
  };
}
