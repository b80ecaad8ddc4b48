import { describe, expect, it } from 'vitest';
import { accountLine, drawUp, type Life } from '../../../examples/kafkaAccount/drawUp.ts';

const produced = new Set(['a', 'b', 'c', 'd']);

function life(written: readonly string[], committed: number): Life {
  return { written, committed: new Map([[0, committed]]) };
}

describe('the account', () => {
  it('is right when what is repeated had not settled', () => {
    const account = drawUp(produced, [life(['0 0 a', '0 1 b', '0 2 c'], 1), life(['0 1 b', '0 2 c', '0 3 d'], 4)]);
    expect(account.wrong).toEqual([]);
    expect(accountLine(account)).toBe('account: produced=4 processed=6 distinct=4 missing=0 repeated=2 committed=4');
  });

  it('is wrong when a record is missing', () => {
    const { missing, wrong } = drawUp(produced, [life(['0 0 a', '0 1 b', '0 3 d'], 4)]);
    expect(missing).toBe(1);
    expect(wrong).toEqual(['1 records were produced and never written']);
  });

  it('is wrong when a settled batch is repeated', () => {
    const { wrong } = drawUp(produced, [life(['0 0 a', '0 1 b'], 2), life(['0 1 b', '0 2 c', '0 3 d'], 4)]);
    expect(wrong).toEqual(['life 2 wrote offset 1 of partition 0, which had settled (up to 2)']);
  });

  it('is wrong when less is committed than was produced, or the offset has gone down', () => {
    const { wrong } = drawUp(produced, [life(['0 0 a', '0 1 b', '0 2 c', '0 3 d'], 4), life([], 3)]);
    expect(wrong).toEqual([
      'the offset of partition 0 went down in life 2',
      '3 offsets are committed, 4 records were produced',
    ]);
  });

  it('is wrong when something was written that nobody produced', () => {
    const { wrong } = drawUp(produced, [life(['0 0 a', '0 1 b', '0 2 c', '0 3 d', '0 4 e'], 4)]);
    expect(wrong).toEqual(['life 1 wrote e, which nobody has produced']);
  });
});
