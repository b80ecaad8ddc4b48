import { describe, expect, it } from 'vitest';
import { type StateOptions, stateShape } from '../../../src/core/state/StateOptions.ts';
import { remember, updateStateByKey, updateStates } from '../../../src/index.ts';
import { codeOf } from '../../support/stage.ts';
import { numbers, valueOperators } from '../../support/valueOperators.ts';

const codec = { name: 'texts', encode: String, decode: Number };

describe('what is wrong is said where it is written, by every operator', () => {
  const wrong: readonly [string, object, RegExp][] = [
    ['a version that is no whole number', { version: 1.5 }, /version/],
    ['a version below 0', { version: -1 }, /version/],
    ['a version as text', { version: '1' }, /version/],
    ['a migrate that is no function', { version: 1, migrate: 1 }, /migrate/],
    ['an async migrate', { version: 1, migrate: async () => 1 }, /migrate.*answers at once/],
    ['a migrate without a version', { migrate: () => 1 }, /version.*raise it to 1/i],
    ['a codec without a name', { codec: { ...codec, name: '' } }, /codec: { name }/],
    ['a codec without encode', { codec: { ...codec, encode: undefined } }, /encode/],
    ['a codec without decode', { codec: { ...codec, decode: undefined } }, /decode/],
    ['an async encode', { codec: { ...codec, encode: async () => 1 } }, /encode.*answers at once/],
    ['an async decode', { codec: { ...codec, decode: async () => 1 } }, /decode.*answers at once/],
    ['a codec that is a function', { codec: String }, /codec/],
  ];

  it.each(wrong)('%s', (_name, options, message) => {
    for (const make of Object.values(valueOperators)) {
      const making = (): unknown => make(numbers, { name: 's', ...options } as StateOptions<number>);
      expect(making).toThrow(message);
      expect(thrownBy(making)).toBe('INVALID_ARGUMENT');
    }
  });

  it('options that are none', () => {
    expect(() => updateStateByKey(() => 1, null as never)).toThrow(/updateStateByKey/);
    expect(() => updateStates(() => [], null as never)).toThrow(/updateStates/);
    expect(() => remember(1000, null as never)).toThrow(/remember/);
  });
});

it('migrate and codec may use what belongs to them', () => {
  class Doubling implements StateOptions<number> {
    readonly version = 1;
    readonly factor = 2;
    migrate(stored: unknown): number {
      return (stored as number) * this.factor;
    }
  }
  expect(stateShape('test', new Doubling()).migrate?.(4, 0)).toBe(8);
});

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return codeOf(error);
  }
}
