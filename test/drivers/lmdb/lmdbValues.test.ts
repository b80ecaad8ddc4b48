import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lmdbValues, type ValueStore } from '../../../src/lmdb.ts';
import { runBatches } from '../../../src/testing/runBatches.ts';
import { Money, moneyCodec } from '../../support/Money.ts';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { seeded } from '../../support/seeded.ts';
import { smallDisk } from '../../support/smallDisk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { refused } from '../../support/through.ts';
import { type Count, money, numbers, type ValueOperator, valueOperators } from '../../support/valueOperators.ts';

const folder = temporaryFolder();
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A new store in a folder of its own. */
function store(name: string): ValueStore {
  return lmdbValues({ folder: join(folder, name) }).open('totals');
}

describe('a store', () => {
  it('gives what was written last to a slot, whatever plain data that is', () => {
    const values: readonly unknown[] = [
      undefined,
      null,
      true,
      -0,
      Number.NaN,
      2n ** 80n,
      '',
      'ä€😀\u0000',
      Object.assign(new Array(4), { 0: 1, 3: 3 }),
      { a: { b: [new Date(5)] } },
      new Map<unknown, unknown>([[{ k: 1 }, new Set([1n])]]),
      Uint8Array.of(1, 2, 3),
      Float64Array.of(0.5),
      Buffer.from('bytes'),
      'x'.repeat(100_000),
      /a/g,
    ];
    const { write, read, close } = store('kinds');
    const slots = values.map((_, n) => n);
    write(slots, values);
    expect(slots.map((slot) => read(slot))).toEqual(values);
    expect(Object.is(read(3), -0)).toBe(true);
    expect(Buffer.isBuffer(read(13))).toBe(true);
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    write([0], [cyclic]);
    const again = read(0) as { self: unknown };
    expect(again.self).toBe(again);
    close();
  });

  it('gives values that share no memory', () => {
    const { write, read, close } = store('memory');
    write([0, 1], [Buffer.from('first'), Buffer.from('other')]);
    const first = read(0) as Buffer;
    first.fill(0);
    expect([read(0), read(1)]).toEqual([Buffer.from('first'), Buffer.from('other')]);
    write([0], [Buffer.from('third')]);
    expect(first).toEqual(Buffer.alloc(5));
    close();
  });

  it('holds many values in any order', () => {
    const { write, read, close } = store('many');
    const random = seeded(1);
    const model = new Map<number, string>();
    for (let round = 0; round < 60; round++) {
      const slots = [...new Set(random.list(1, 400, () => random.int(0, 3000)))];
      const values = slots.map((slot) => `${slot} ${round}`.padEnd(random.int(1, 2000), 'x'));
      write(slots, values);
      for (const [n, slot] of slots.entries()) model.set(slot, values[n] as string);
      for (let n = 0; n < 20; n++) {
        const slot = random.pick([...model.keys()]);
        expect(read(slot)).toBe(model.get(slot));
      }
    }
    for (const [slot, value] of model) expect(read(slot)).toBe(value);
    close();
  });

  it('is its own, also beside others in the same folder', () => {
    const [a, b] = [store('shared'), store('shared')];
    a.write([0], ['a']);
    b.write([0], ['b']);
    expect([a.read(0), b.read(0)]).toEqual(['a', 'b']);
    a.close();
    expect(b.read(0)).toBe('b');
    b.close();
  });

  it.each([
    ['a function', () => 1],
    ['an instance of a class', new Money(1)],
    ['an instance of a class of maps', new (class Index extends Map {})()],
    ['an instance in an object', { paid: new Money(1) }],
    ['a promise', Promise.resolve(1)],
  ])('refuses %s, which would not come back as it is, writes nothing and says what to do', (_, value) => {
    const { write, read, close } = store('refused');
    write([0], ['before']);
    expect(() => write([0, 1], ['later', value])).toThrow(
      expect.objectContaining({ code: 'STATE_UNREADABLE', message: expect.stringMatching(/'totals'.*codec/) }),
    );
    expect(read(0)).toBe('before');
    close();
  });

  it('on a full disk says so, and what was there can still be read', ({ skip }) => {
    const disk = smallDisk(join(folder, 'small'), 4000);
    if (disk === undefined) return skip('needs to mount a file system');
    try {
      const { write, read, close } = lmdbValues({ folder: join(folder, 'small') }).open('totals');
      write([0], ['kept']);
      const slots = Array.from({ length: 1000 }, (_, n) => n + 1);
      const values = slots.map((slot) => `${slot}`.padEnd(10_000, 'x'));
      expect(() => write(slots, values)).toThrow(
        expect.objectContaining({
          code: 'STATE_STORE_FAILED',
          retriable: true,
          message: expect.stringMatching(/'totals' could not be written.*Is the disk full\?.*Nothing is lost/),
        }),
      );
      expect(read(0)).toBe('kept');
      close();
    } finally {
      disk.unmount();
    }
  });
});

describe('values of an own type', () => {
  const counts: readonly (readonly Count[])[] = [
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
    [['a', 4]],
    [
      ['b', 8],
      ['c', 16],
    ],
  ];
  const values = lmdbValues({ folder: join(folder, 'own'), cachedValues: 1 });
  const operators: Readonly<Record<string, ValueOperator>> = {
    updateStateByKey: valueOperators.updateStateByKey as ValueOperator,
    mapWithState: valueOperators.mapWithState as ValueOperator,
    'mapWithState with a timeout': valueOperators['mapWithState with a timeout'] as ValueOperator,
  };

  it.each(Object.entries(operators))('without a codec end the run of %s', (_, operator) => {
    const total = (): unknown => runBatches(counts, (batches) => batches.pipe(operator(money, { values } as object)));
    expect(total).toThrow(expect.objectContaining({ code: 'STATE_UNREADABLE' }));
  });

  it.each(Object.entries(operators))('with a codec come back as they were to %s', (_, operator) => {
    const options = { codec: moneyCodec, values };
    const expected = runBatches(counts, (batches) => batches.pipe(operator(numbers, {})));
    expect(runBatches(counts, (batches) => batches.pipe(operator(money, options)))).toEqual(expected);
  });
});

describe('the folder', () => {
  it('is made, and nothing is left in it when its stores are closed', () => {
    const first = store('made/deep');
    first.close();
    expect(readdirSync(join(folder, 'made/deep'))).toEqual([]);
  });

  it('that cannot be made fails at the open', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => store('file/inside')).toThrow(
      expect.objectContaining({
        code: 'STATE_STORE_FAILED',
        message: expect.stringContaining('folder on a local disk'),
      }),
    );
  });

  it('that may not be written to fails at the open', ({ skip }) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') return skip('root may write anywhere');
    const readOnly = join(folder, 'readOnly');
    mkdirSync(readOnly);
    chmodSync(readOnly, 0o555);
    expect(() => store('readOnly')).toThrow(expect.objectContaining({ code: 'STATE_STORE_FAILED' }));
  });

  it('is rid of what dead processes left, and of nothing else', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const shared = join(folder, 'leftovers');
    const left = [`rx-dstream-values-${dead}-abc`, `rx-dstream-values-${process.ppid}-abc`, 'mine'];
    for (const name of left) mkdirSync(join(shared, name), { recursive: true });
    writeFileSync(join(shared, left[0] as string, 'values.mdb'), 'x');
    store('leftovers').close();
    expect(readdirSync(shared).sort()).toEqual(left.slice(1).sort());
  });

  it('is empty after a kill', async ({ skip }) => {
    if (process.platform === 'win32') return skip('an open file keeps its name there');
    const program = runTypeScript(here('holdValues.ts'), [join(folder, 'killed')], folder);
    await Promise.race([once(program.process.stdout as Readable, 'data'), program.exited()]);
    expect([program.output, program.errors]).toEqual(['holding\n', '']);
    await program.killed();
    expect(readdirSync(join(folder, 'killed'))).toEqual([]);
  });
});

describe('lmdbValues', () => {
  it('refuses wrong arguments where it is written', () => {
    expect(() => lmdbValues({ folder: '' })).toThrow(refused('folder'));
    expect(() => lmdbValues({ folder, cachedValues: 0 })).toThrow(refused('cachedValues'));
    expect(() => lmdbValues(folder as never)).toThrow(refused('options'));
  });

  it('without the package lmdb says what to install; the entry loads', () => {
    writeFileSync(
      join(folder, 'absent.cjs'),
      `const Module = require('node:module'); const resolve = Module._resolveFilename;
       Module._resolveFilename = function (name, ...rest) {
         if (name === 'lmdb') throw Object.assign(new Error("Cannot find module 'lmdb'"), { code: 'MODULE_NOT_FOUND' });
         return resolve.call(this, name, ...rest);
       };`,
    );
    writeFileSync(
      join(folder, 'script.mts'),
      `import { lmdbValues } from ${JSON.stringify(here('../../../src/lmdb.ts'))};
       try { lmdbValues({ folder: 'x' }); } catch (error) { console.log(JSON.stringify([error.code, error.message])); }`,
    );
    const options = ['--require', join(folder, 'absent.cjs'), '--import', import.meta.resolve('tsx')];
    const output = execFileSync(process.execPath, [...options, join(folder, 'script.mts')], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual(['STATE_STORE_FAILED', expect.stringContaining('run `npm install lmdb`')]);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});
