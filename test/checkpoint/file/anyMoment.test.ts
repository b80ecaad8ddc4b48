/**
 * A folder's owner is stopped, or dies, before every single call of the file system that it makes: whoever comes next is never harmed, and finds the
 * old or the new, whole.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderLog } from '../../../src/checkpoint/file/folderLog.ts';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { withoutWaitingForTheDisk } from '../../support/fileCalls.ts';
import { died, stopped } from '../../support/interruptedDeeds.ts';
import { closesItsFiles } from '../../support/openFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { bytes, DEEDS, deedOf, expectUntouched, makeNew, text, textOf, told } from '../log/logStorageLaws.ts';

withoutWaitingForTheDisk();
closesItsFiles();
const root = temporaryFolder();
let count = 0;
const freshFolder = (): string => join(root, `${count++}`, 'checkpoint');

describe('an owner that is stopped before any call of the file system, and goes on when another has taken over', () => {
  it.each(DEEDS)('%s is refused, unless its last look was before, and harmless', async (deed) => {
    let refused = 0;
    for (let stop = 0; ; stop++) {
      const folder = freshFolder();
      const [zombie, next] = [await begun(folder), folderLog({ folder, takeOver: true })];
      let found = '';
      const meanwhile = async (): Promise<void> => {
        await next.own();
        found = text(await next.head());
        await makeNew(next);
      };
      const { calls, outcome } = await stopped(stop, meanwhile, () => told(deedOf(zombie, deed)));
      if (calls.length <= stop) {
        await zombie.release();
        break;
      }
      const looked = calls.slice(stop).some(({ name, path }) => name === 'stat' && path.endsWith('owner-1'));
      if (looked) refused += 1;
      expect(outcome, `stopped before ${JSON.stringify(calls[stop])}`).toBe(looked ? 'CHECKPOINT_TAKEN' : 'done');
      if (looked) await expectUntouched(next);
      await zombie.release();
      expect(text(await next.head())).toBe('new head');
      expect(await textOf(next, 'log-2')).toBe('new');
      // What the next one began with stays.
      if (found === 'head') expect(await textOf(next, 'log-1')).toMatch(/^answered /);
      expect(text(await next.head('before'))).toBe('new savepoint');
      await next.release();
      await expectWorking(folder, 'new head');
    }
    expect(refused).toBeGreaterThan(2);
  });

  it.each([1, 3])(
    'who is stopped while it becomes the owner, and %s others are meanwhile, is refused, at the latest with its first deed',
    async (others) => {
      const codes = new Set<string>();
      for (let stop = 0; ; stop++) {
        const folder = freshFolder();
        await (await begun(folder)).release();
        const [zombie, next] = [folderLog({ folder }), folderLog({ folder, takeOver: true })];
        const meanwhile = async (): Promise<void> => {
          for (let other = 1; other < others; other++) {
            await next.own();
            await next.release();
          }
          await next.own();
          await makeNew(next);
        };
        const { calls, outcome } = await stopped(stop, meanwhile, () => zombie.own());
        if (calls.length <= stop) {
          await zombie.release();
          break;
        }
        codes.add(outcome);
        if (outcome === 'done')
          await expect(zombie.publish(bytes('late'))).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' });
        await expectUntouched(next);
        await zombie.release();
        await expectUntouched(next);
        await next.release();
        await expectWorking(folder, 'new head');
      }
      expect([...codes].sort()).toEqual(['CHECKPOINT_OWNED', 'CHECKPOINT_TAKEN', 'done']);
    },
  );
});

describe('an owner that dies before any call of the file system', () => {
  it.each([...DEEDS, 'release'] as const)(
    'in %s: the next one finds the old or the new, whole, and works',
    async (deed) => {
      const heads = new Set<string>();
      for (let death = 0; ; death++) {
        const folder = freshFolder();
        const owner = await begun(folder);
        await owner.copy('before', bytes('old savepoint'), ['log-1']);
        const { calls } = await died(death, async () =>
          deed === 'release' ? owner.release() : told(deedOf(owner, deed)),
        );
        const next = folderLog({ folder, takeOver: true });
        await next.own();
        await owner.release(); // closes its files, nothing else
        const head = text(await next.head());
        heads.add(head);
        expect({ publish: ['head', 'late'], setAside: ['head', '(nothing)'] }[deed as string] ?? ['head']).toContain(
          head,
        );
        if (head === 'head') expect(await textOf(next, 'log-1')).toMatch(/^answered (?:late)?$/);
        const savepoint = text(await next.head('before'));
        expect(deed === 'copy' ? ['old savepoint', 'late'] : ['old savepoint']).toContain(savepoint);
        expect(await textOf(next, 'log-1', 'before')).toMatch(
          savepoint === 'late' ? /^\(missing\)$/ : /^answered (?:late)?$/,
        );
        await next.release();
        await expectWorking(folder, head);
        if (calls.length <= death) break;
      }
      expect(heads.size).toBe(deed === 'publish' || deed === 'setAside' ? 2 : 1);
    },
  );

  it.each(['a place where nothing ever was', 'what another one left'])('while it takes %s', async (place) => {
    for (let death = 0; ; death++) {
      const folder = freshFolder();
      if (place === 'what another one left') await (await begun(folder)).release();
      const owner = folderLog({ folder });
      const { calls } = await died(death, () => owner.own());
      await expectWorking(folder, place === 'what another one left' ? 'head' : '(nothing)');
      await owner.release(); // closes its file
      if (calls.length <= death) break;
    }
  });
});

/** An owner that has written something. */
async function begun(folder: string): Promise<LogStorage & ReturnType<typeof folderLog>> {
  const storage = folderLog({ folder });
  await storage.own();
  await storage.append('log-1', bytes('answered '), true);
  await storage.publish(bytes('head'));
  return storage;
}

/** Whoever comes now finds this head and can do everything. */
async function expectWorking(folder: string, head: string): Promise<void> {
  const storage = folderLog({ folder, takeOver: true });
  await storage.own();
  expect(text(await storage.head())).toBe(head);
  await storage.append('log-9', bytes('nine'), true);
  await storage.publish(bytes('ninth'));
  await storage.copy('nine', bytes('its head'), ['log-9']);
  await storage.release();
  const again = folderLog({ folder });
  await again.own();
  expect([text(await again.head()), await textOf(again, 'log-9')]).toEqual(['ninth', 'nine']);
  await again.release();
}
