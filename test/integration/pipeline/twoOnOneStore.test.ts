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

/** Runs a second pipeline beside the first, which is expected to end with these words. */
async function besideEachOther(settings: Pick<TailLines, 'store' | 'group'>, message: RegExp): Promise<void> {
  const log = growingLog(join(folder, `${freshName('lines')}.log`));
  const both = { ...settings, log: log.path };
  const first = start('tailLines', { ...both, out: `${log.path}.first` });
  await until('batches', () => first.settled().length >= 3, first);
  const second = start('tailLines', { ...both, out: `${log.path}.second` });
  await until('the end of the first', () => first.of('error').length > 0, first);
  const [{ error } = {}] = first.of('error');
  expect(error).toMatchObject({ code: 'OFFSET_STORE_TAKEN', message: expect.stringMatching(message) });
  expect(error?.message).toContain(`process ${second.pid} on host `);
  const settled = second.settled().length;
  log.stop();
  await until('more batches', () => second.settled().length >= settled + 3, second);
  await until('every line', () => linesPutOut(`${log.path}.second`) === log.written, second);
  const lines = (name: string): readonly number[] => outputOf(`${log.path}.${name}`).flatMap((batch) => batch.lines);
  // Nothing is missing; what the first had put out and not committed may come again.
  expect([...new Set([...lines('first'), ...lines('second')])]).toEqual(numbersTo(log.written));
  expect(await first.terminated()).toBe(0);
  expect(await second.terminated()).toBe(0);
  expect(second.of('error')).toEqual([]);
}

const rule = 'is taken over by the second pipeline: the first is told by whom and commits no more, the second goes on';

it(`a file of offsets ${rule}`, async () => {
  const store = join(folder, 'shared.offsets.json');
  await besideEachOther({ store }, /the offsets at .*shared\.offsets\.json, but process/);
});

skipUnless('redis')('a group in Redis', () => {
  it(rule, async () => {
    const group = freshName('shared');
    await besideEachOther({ store: redisUrl(), group }, new RegExp(`group ${group}, but process`));
  });
});
