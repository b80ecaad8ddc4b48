import { once } from 'node:events';
import { Agent, request as createRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const customReceiver = fileURLToPath(new URL('../../../examples/customReceiver.ts', import.meta.url));

async function started(): Promise<{
  readonly program: Program;
  readonly port: number;
  post(lines: string): Promise<void>;
}> {
  const program = runTypeScript(customReceiver, ['0', './received'], folder);
  const port = await vi.waitFor(
    () => {
      const said = /listening on (\d+)/.exec(program.output);
      if (said === null) throw new Error(`not listening yet:\n${program.output}${program.errors}`);
      return Number(said[1]);
    },
    { timeout: 60_000 },
  );
  return {
    program,
    port,
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
    await vi.waitFor(() => expect(totals()).toEqual(expected), { timeout: 60_000 });
    second.program.process.kill('SIGTERM');
    await second.program.exited();
    expect(second.program.process.signalCode).toBe('SIGTERM');
  } finally {
    await second.program.killed();
  }
});

it('ends soon when it is told to, although clients go on posting over connections that they keep', async () => {
  const { program, port } = await started();
  const agent = new Agent({ keepAlive: true });
  let posted = 0;
  const answers: number[] = [];
  const poster = async (): Promise<void> => {
    for (;;) {
      const request = createRequest({ agent, port, method: 'POST' });
      const answer = await once(request.end('a line\n'), 'response').catch(() => undefined);
      if (answer === undefined) return; // nobody listens any more
      const [response] = answer as [IncomingMessage];
      await text(response).catch(() => undefined);
      answers.push(response.statusCode ?? 0);
      posted++;
    }
  };
  try {
    const posters = Promise.all([poster(), poster(), poster()]);
    await vi.waitFor(() => expect(posted).toBeGreaterThan(50), { timeout: 60_000 });
    program.process.kill('SIGTERM');
    await program.exited();
    await posters;
    expect(program.process.signalCode).toBe('SIGTERM');
    expect(program.output).not.toContain('is not waited for any more');
    const lines = Number([...program.output.matchAll(/^\(line,(\d+)\)$/gm)].at(-1)?.[1]);
    expect(lines).toBeGreaterThanOrEqual(answers.filter((status) => status === 204).length);
  } finally {
    agent.destroy();
    await program.killed();
  }
});
