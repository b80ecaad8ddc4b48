import { describe, expect, it } from 'vitest';
import { sealJson, unsealJson } from '../../../src/drivers/files/sealedJson.ts';

const value = { name: 'größe "x"\n,\n  "checksum": "no"\n}', list: [1, { two: 2 }], last: 'end' };
const sealed = sealJson(value);

describe('sealed JSON', () => {
  it('is JSON, and unseals to its value', () => {
    expect(JSON.parse(sealed)).toMatchObject(value);
    expect(unsealJson(sealed)).toEqual({ found: 'value', value, edited: false });
  });

  it('cut anywhere is damage', () => {
    for (let length = 0; length < sealed.length - 1; length++) {
      expect(unsealJson(sealed.slice(0, length)), `cut at ${length}`).toMatchObject({ found: 'damage' });
    }
  });

  it('with any bit flipped is damage, or still says the same', () => {
    const bytes = Buffer.from(sealed);
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ (1 << bit);
        const { found, ...rest } = unsealJson(flipped.toString('utf8'));
        if (found === 'value') expect(rest, `bit ${bit} of byte ${at}`).toEqual({ value, edited: false });
      }
    }
  });

  it('with a checksum of none is taken as edited, if it is JSON', () => {
    const edited = sealed.replace(/crc32:\w+/, 'none').replace('"end"', '"changed"');
    expect(unsealJson(edited)).toMatchObject({ found: 'value', value: { last: 'changed' }, edited: true });
    expect(unsealJson(edited.replace('"changed"', '"changed'))).toMatchObject({
      found: 'damage',
      what: expect.stringMatching(/^it is no JSON: /),
    });
  });
});
