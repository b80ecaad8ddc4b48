import { describe, expect, it } from 'vitest';
import { batchOutputName } from '../../../src/drivers/files/batchOutputName.ts';

describe('batchOutputName', () => {
  it('is prefix, time and suffix as Spark joins them', () => {
    expect(batchOutputName('/out/counts', '', 5000)).toBe('/out/counts-5000');
    expect(batchOutputName('/out/counts', 'txt', 5000)).toBe('/out/counts-5000.txt');
    expect(batchOutputName('', '', 5000)).toBe('5000');
    expect(batchOutputName('', 'txt', 5000)).toBe('5000.txt');
  });
});
