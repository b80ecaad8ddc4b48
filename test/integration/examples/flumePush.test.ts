import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { startPushAgent, withFlume } from '../flume/pushAgent.ts';

const describe = await withFlume();
const folder = temporaryFolder();
const flumePush = fileURLToPath(new URL('../../../examples/flumePush.ts', import.meta.url));

describe('the word count that Flume pushes to', () => {
  it('prints the words of the lines that an agent has, and ends in good order', async () => {
    const spool = join(folder, 'spool');
    mkdirSync(spool);
    const program = runTypeScript(flumePush, ['0', join(folder, 'log')], folder);
    try {
      const port = await vi.waitFor(
        () => {
          const [, told] = /listening at 127\.0\.0\.1:(\d+)/.exec(program.output) ?? [];
          if (told === undefined) throw new Error(program.output + program.errors);
          return Number(told);
        },
        { timeout: 60_000 },
      );
      const agent = await startPushAgent({ source: { folder: spool }, sinks: [{ port }] });
      try {
        writeFileSync(join(folder, 'lines'), 'to be or\nnot to be\n');
        renameSync(join(folder, 'lines'), join(spool, 'lines'));
        const counts = (): Record<string, number> => {
          const sums: Record<string, number> = {};
          for (const [, word = '', count] of program.output.matchAll(/^\((\w+),(\d+)\)$/gm)) {
            sums[word] = (sums[word] ?? 0) + Number(count);
          }
          return sums;
        };
        // The two lines may come in two batches.
        await vi.waitFor(() => expect(counts()).toEqual({ to: 2, be: 2, or: 1, not: 1 }), { timeout: 60_000 });
      } finally {
        await agent.kill9();
        await agent.stop();
      }
      program.process.kill('SIGTERM');
      await program.exited();
      expect(program.process.signalCode).toBe('SIGTERM');
    } finally {
      await program.killed();
    }
  });
});
