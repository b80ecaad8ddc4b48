import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const customReceiver = fileURLToPath(new URL('../../../examples/customReceiver.ts', import.meta.url));

async function started(): Promise<{ readonly program: Program; post(lines: string): Promise<void> }> {
  const program = runTypeScript(customReceiver, ['0', './received'], folder);
  const port = await vi.waitFor(
    () => {
      const said = /listening on (\d+)/.exec(program.output);
      if (said === null) throw new Error(`not listening yet:\n${program.output}${program.errors}`);
      return Number(said[1]);
    },
    { timeout: 20_000 },
  );
  return {
    program,
    async post(lines) {
      const { status } = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: lines });
      expect(status).toBe(204);
    },
  };
}

it('lines posted over HTTP are counted exactly, although the program is killed right after it has answered', async () => {
  const first = await started();
  await first.post('to be or\nnot to be\n');
  await first.program.killed();
  const second = await started();
  try {
    await second.post('to be continued');
    const totals = () =>
      Object.fromEntries([...second.program.output.matchAll(/^\((\w+),(\d+)\)$/gm)].map((m) => [m[1], m[2]]));
    const expected = { to: '3', be: '3', or: '1', not: '1', continued: '1' };
    await vi.waitFor(() => expect(totals()).toEqual(expected), { timeout: 20_000 });
    second.program.process.kill('SIGTERM');
    await second.program.exited();
    expect(second.program.process.signalCode).toBe('SIGTERM');
  } finally {
    await second.program.killed();
  }
});
