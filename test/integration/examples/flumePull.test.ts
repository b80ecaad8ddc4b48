import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { startSparkSink } from '../../../scripts/services/index.ts';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { withSparkSink } from '../flume/withSparkSink.ts';

const describe = await withSparkSink();
const folder = temporaryFolder();
const flumePull = fileURLToPath(new URL('../../../examples/flumePull.ts', import.meta.url));

describe('the word count that pulls from Flume', () => {
  it('prints the words of the lines that an agent has, and ends in good order', async () => {
    const spool = join(folder, 'spool');
    mkdirSync(spool);
    const agent = await startSparkSink({ source: { folder: spool } });
    const program = runTypeScript(flumePull, [`127.0.0.1:${agent.port}`, join(folder, 'log')], folder);
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
      program.process.kill('SIGTERM');
      await program.exited();
      expect(program.process.signalCode).toBe('SIGTERM');
    } finally {
      await program.killed();
      await agent.stop();
    }
  });
});
