import { describe, expect, it } from 'vitest';
import { knownOptions } from '../../src/core/knownOptions.ts';
import { receiver } from '../../src/receiver.ts';

const known = { firstDelayMs: true, maxDelayMs: true, log: true, groupId: true, name: true } as const;
const options = (given: unknown) => () => knownOptions('connect', given as object, known as never);

describe('an option that does not exist', () => {
  it.each([
    ['firstDelayMS', 'firstDelayMs'],
    ['firstDelay', 'firstDelayMs'],
    ['maxDealyMs', 'maxDelayMs'],
    ['group', 'groupId'],
    ['nmae', 'name'],
    ['logs', 'log'],
  ])('%s: is asked whether %s was meant', (written, meant) => {
    expect(options({ name: 'a', [written]: 5 })).toThrow(
      `connect: expected an option among firstDelayMs, maxDelayMs, log, groupId, name, got "${written}". Did you mean ${meant}?`,
    );
  });

  it.each(['colour', 'x', 'toString', '__proto__x'])('%s: of none is it guessed', (written) => {
    expect(options({ [written]: 5 })).toThrow(/name, got "[^"]*"\.$/);
  });

  it('is refused in the log of a receiver too', () => {
    const made = (log: object) => () => receiver({ name: 'r', log: log as never, receive: () => () => {} });
    expect(made({ folder: './log', maxbytes: 5 })).toThrow('got "maxbytes". Did you mean maxBytes?');
    expect(made({ memory: true, maxbytes: 5 })).toThrow('got "maxbytes". Did you mean maxBytes?');
  });
});

it('names some of the options where something else was given', () => {
  expect(options(() => {})).toThrow(
    'connect: expected options like { firstDelayMs, maxDelayMs, log, groupId, ... }, got a function.',
  );
  expect(options(null)).toThrow('got null.');
});

it('takes options of a class, or without a prototype', () => {
  class Settings {
    readonly name = 'a';
    get log(): string {
      return this.name;
    }
  }
  options(new Settings())();
  options(Object.assign(Object.create(null), { name: 'a' }))();
});
