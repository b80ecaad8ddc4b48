/** Two pipelines on one offset store by mistake. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { linesPutOut, numbersTo, outputOf } from './outputOf.ts';
import { pipelines, until } from './Pipeline.ts';
import type { TailLines } from './programs/tailLines.ts';

const folder = temporaryFolder();
const start = pipelines(folder);
stopGrowingLogs();

/** Runs a second pipeline beside the first, and answers what the first and the second have said on stderr. */
async function besideEachOther(settings: Pick<TailLines, 'store' | 'group'>): Promise<readonly string[]> {
  const log = growingLog(join(folder, `${freshName('lines')}.log`));
  const both = ['first', 'second'].map((name) => ({ ...settings, log: log.path, out: `${log.path}.${name}` }));
  const first = start('tailLines', both[0] as TailLines);
  await until('batches', () => first.settled().length >= 3, first);
  expect(first.program.errors).toBe('');
  const second = start('tailLines', both[1] as TailLines);
  for (const pipeline of [first, second])
    await until('a warning', () => pipeline.reports('OFFSETS_MOVED').length > 0, pipeline);
  // Both go on.
  log.stop();
  for (const { out } of both) await until('every line', () => linesPutOut(out) === log.written);
  expect(await first.terminated()).toBe(0);
  expect(await second.terminated()).toBe(0);
  return [first.program.errors, second.program.errors];
}

const warning = (store: string): RegExp =>
  new RegExp(
    `^rx-dstream: OFFSETS_MOVED: Offset store ${store}: somebody else has committed to the same group \\(.*\\.log\\[\\d+\\] at \\d+\\)\\. ` +
      'Two pipelines on one group both process everything and overwrite each other; give each its own group\\.$',
    'm',
  );

it('a file of offsets: both are warned on stderr', async () => {
  const store = join(folder, 'shared.offsets.json');
  for (const errors of await besideEachOther({ store })) expect(errors).toMatch(warning('file .*shared.offsets.json'));
});

skipUnless('redis')('a group in Redis', () => {
  it('is taken over by the second: the first is told by whom and commits no more, the second goes on', async () => {
    const log = growingLog(join(folder, `${freshName('lines')}.log`));
    const group = freshName('shared');
    const settings = { log: log.path, store: redisUrl(), group };
    const first = start('tailLines', { ...settings, out: `${log.path}.first` });
    await until('batches', () => first.settled().length >= 3, first);
    const second = start('tailLines', { ...settings, out: `${log.path}.second` });
    await until('the end of the first', () => first.of('error').length > 0, first);
    expect(first.of('error')[0]?.error).toMatchObject({
      code: 'OFFSET_STORE_TAKEN',
      message: expect.stringMatching(
        new RegExp(`group ${group}, but process ${second.pid} on host .* has taken it over`),
      ),
    });
    const settled = second.settled().length;
    log.stop();
    await until('more batches', () => second.settled().length >= settled + 3, second);
    const lines = (name: string): readonly number[] => outputOf(`${log.path}.${name}`).flatMap((batch) => batch.lines);
    await until('every line', () => linesPutOut(`${log.path}.second`) === log.written, second);
    // Nothing is missing; what the first had put out and not committed may come again.
    expect([...new Set([...lines('first'), ...lines('second')])]).toEqual(numbersTo(log.written));
    expect(await first.terminated()).toBe(0);
    expect(await second.terminated()).toBe(0);
    expect(second.of('error')).toEqual([]);
  });
});
