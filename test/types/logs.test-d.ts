/** What the types of the write-ahead log say. Checked by `npm run types`. */
import { expectTypeOf } from 'vitest';
import type { LogReport as DriverReport } from '../../src/drivers/log/LogBlock.ts';
import { writeAheadLog } from '../../src/drivers/log/writeAheadLog.ts';
import type { BlockLog, LogReport } from '../../src/sources/receiver/BlockLog.ts';

/** It is a log for receivers, though it knows nothing of them. */
export function aWriteAheadLogIsABlockLog(): BlockLog {
  expectTypeOf<DriverReport>().toEqualTypeOf<LogReport>();
  return writeAheadLog({
    folder: './log',
    maxBytes: 1 << 30,
    segmentBytes: 1 << 26,
    maxBlockBytes: 1 << 20,
    sync: 'never',
  });
}

export function aWriteAheadLogNeedsAFolder(): void {
  // @ts-expect-error no place is right for everybody
  writeAheadLog({});
}
