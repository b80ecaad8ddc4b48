import { describe, expectTypeOf, it } from 'vitest';
import type { LogReport as DriverReport } from '../../src/drivers/log/LogBlock.ts';
import { writeAheadLog } from '../../src/drivers/log/writeAheadLog.ts';
import type { BlockLog, LogReport } from '../../src/sources/receiver/BlockLog.ts';

describe('a write-ahead log', () => {
  it('is a log for receivers, though it knows nothing of them', () => {
    expectTypeOf(writeAheadLog({ folder: './log' })).toExtend<BlockLog>();
    expectTypeOf<DriverReport>().toEqualTypeOf<LogReport>();
  });

  it('has to be told its folder', () => {
    // @ts-expect-error there is no place that is right for everybody
    writeAheadLog({});
  });
});
