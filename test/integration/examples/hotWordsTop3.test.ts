import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const hotWordsTop3 = fileURLToPath(new URL('../../../examples/hotWordsTop3.ts', import.meta.url));
const SEARCHES = [
  'ann tea',
  'bob tea',
  'eve rum',
  'joe tea',
  'ann rum',
  'bob gin',
  'eve gin',
  'joe gin',
  'ann gin',
  'eve ale',
];

it('the hot words program prints the three hottest words of its window, hottest first', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).write(`${SEARCHES.join('\n')}\n`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const program = runTypeScript(hotWordsTop3, [String((server.address() as AddressInfo).port), '6', '1'], folder);
  try {
    const top3 = /\n-+\n\(gin,4\)\n\(tea,3\)\n\(rum,2\)\n(?!\()/;
    await expect.poll(() => program.output, { timeout: 60_000, interval: 20 }).toMatch(top3);
  } finally {
    await program.killed();
    server.close();
  }
});
