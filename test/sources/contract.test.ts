import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tailFile } from '../../src/sources/file/tailFile.ts';
import { queue } from '../../src/sources/queue/queue.ts';
import { rate } from '../../src/sources/rate/rate.ts';
import { socketFrames } from '../../src/sources/socket/socketFrames.ts';
import { socketText } from '../../src/sources/socket/socketText.ts';
import { sourceContract } from '../../src/testing/sourceContract.ts';
import { PATIENT } from '../support/patient.ts';

const framework = { describe, it, expect };

sourceContract<number>(framework, {
  name: 'queue, live',
  make: () => {
    const batches: number[][] = [];
    let next = 0;
    return {
      source: queue(batches, { completes: false }),
      feed: (count) => {
        const fed = Array.from({ length: count }, () => next++);
        for (const record of fed) batches.push([record]);
        return fed;
      },
    };
  },
});

sourceContract<number>(framework, {
  name: 'queue, replayable',
  unit: 3,
  make: () => {
    const batches = Array.from({ length: 20 }, (_, i) => [3 * i, 3 * i + 1, 3 * i + 2]);
    const source = () => queue(batches, { replayable: true });
    let fed = 0;
    return {
      source: source(),
      reopen: source,
      feed: (count) => Array.from({ length: count }, () => fed++),
    };
  },
});

sourceContract(framework, {
  name: 'rate',
  recordKey: ({ value }: { value: number }) => value,
  make: () => {
    const source = () => rate({ recordsPerSecond: 100 });
    let fed = 0;
    return { source: source(), reopen: source, feed: (count) => Array.from({ length: count }, () => fed++) };
  },
});

sourceContract<string>(framework, {
  name: 'tailFile',
  patienceMs: PATIENT.timeout,
  make: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rx-dstream-tail-'));
    const path = join(folder, 'lines.log');
    await writeFile(path, '');
    const source = () => tailFile(path, { pollIntervalMs: 5 });
    let next = 0;
    return {
      source: source(),
      reopen: source,
      feed: async (count) => {
        const fed = Array.from({ length: count }, () => `line ${next++}`);
        await appendFile(path, `${fed.join('\n')}\n`);
        return fed;
      },
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
});

/** A server that sends what it is given to whoever is connected, and to the next one if nobody is. */
async function peer() {
  const waiting: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    for (const bytes of waiting.splice(0)) socket.write(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    send(bytes: Buffer) {
      const [socket] = sockets;
      if (socket === undefined) waiting.push(bytes);
      else socket.write(bytes);
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

sourceContract<string>(framework, {
  name: 'socketText',
  patienceMs: PATIENT.timeout,
  make: async () => {
    const { port, send, stop } = await peer();
    let next = 0;
    return {
      source: socketText({ host: '127.0.0.1', port, firstDelayMs: 1 }),
      feed: (count) => {
        const fed = Array.from({ length: count }, () => `line ${next++}`);
        send(Buffer.from(`${fed.join('\n')}\n`));
        return fed;
      },
      dispose: stop,
    };
  },
});

sourceContract<Buffer>(framework, {
  name: 'socketFrames',
  patienceMs: PATIENT.timeout,
  recordKey: String,
  make: async () => {
    const { port, send, stop } = await peer();
    let next = 0;
    return {
      source: socketFrames({ host: '127.0.0.1', port, firstDelayMs: 1 }),
      feed: (count) => {
        const fed = Array.from({ length: count }, () => `frame ${next++}`);
        for (const text of fed) {
          const header = Buffer.alloc(4);
          header.writeInt32BE(text.length);
          send(Buffer.concat([header, Buffer.from(text)]));
        }
        return fed;
      },
      dispose: stop,
    };
  },
});
