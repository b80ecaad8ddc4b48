import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually } from '../../../src/testing/SourceSession.ts';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const socketWordCount = fileURLToPath(new URL('../../../examples/socketWordCount.ts', import.meta.url));

it('the socket word count prints the words that a terminal sends', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).write('to be or not to be\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const program = runTypeScript(socketWordCount, [String((server.address() as AddressInfo).port)], folder);
  try {
    const hasCounts = (): boolean => /\(to,2\)\n\(be,2\)\n\(or,1\)\n\(not,1\)/.test(program.output);
    for (let tries = 0; tries < 4 && !hasCounts(); tries++) await eventually('the counts', hasCounts).catch(() => {});
    expect(program.output).toMatch(/^Time: \d+ ms\n-+\n\(to,2\)\n\(be,2\)\n\(or,1\)\n\(not,1\)$/m);
  } finally {
    await program.killed();
    server.close();
  }
});
