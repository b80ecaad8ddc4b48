import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { StreamError } from '../../../src/core/errors.ts';
import { SOURCE } from '../../../src/sources/Source.ts';
import { socketFrames } from '../../../src/sources/socket/socketFrames.ts';
import { type SocketTextOptions, socketText } from '../../../src/sources/socket/socketText.ts';
import { SourceSession } from '../../../src/testing/SourceSession.ts';
import { sourceContract } from '../../../src/testing/sourceContract.ts';
import { PATIENT } from '../../support/patient.ts';
import { promisesSettle } from '../../support/stage.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { logWith } from '../receiver/session.ts';
import { frame, Peer } from './peer.ts';

const home = temporaryFolder();
const toStop: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

/** Sends whatever it is given to the newest connection, or to the next one where there is none. */
async function feeding(encode: (texts: readonly string[]) => Buffer) {
  const peer = await Peer.start();
  let next = 0;
  return {
    peer,
    feed(count: number): string[] {
      const fed = Array.from({ length: count }, () => `record ${next++}`);
      const socket = peer.sockets.findLast(({ destroyed, readableEnded }) => !destroyed && !readableEnded);
      if (socket === undefined) peer.greet(encode(fed));
      else socket.write(encode(fed));
      return fed;
    },
  };
}

const asLines = (texts: readonly string[]): Buffer => Buffer.from(texts.map((text) => `${text}\n`).join(''));
const asFrames = (texts: readonly string[]): Buffer => Buffer.concat(texts.map(frame));

for (const log of ['memory', 'folder'] as const) {
  sourceContract<string>(
    { describe, it, expect },
    {
      name: `socketText, log in ${log}`,
      patienceMs: PATIENT.timeout,
      make: async () => {
        const { peer, feed } = await feeding(asLines);
        const where = log === 'memory' ? 'memory' : join(home, randomUUID());
        const source = () => socketText({ host: '127.0.0.1', port: peer.port, firstDelayMs: 1, log: where });
        return { source: source(), reopen: source, feed, dispose: () => peer.stop() };
      },
    },
  );
}

sourceContract<Buffer>(
  { describe, it, expect },
  {
    name: 'socketFrames, log in a folder',
    patienceMs: PATIENT.timeout,
    recordKey: String,
    make: async () => {
      const { peer, feed } = await feeding(asFrames);
      const log = join(home, randomUUID());
      const source = () => socketFrames({ host: '127.0.0.1', port: peer.port, firstDelayMs: 1, log });
      return { source: source(), reopen: source, feed, dispose: () => peer.stop() };
    },
  },
);

async function opened(options: Partial<SocketTextOptions>): Promise<{ peer: Peer; session: SourceSession<string> }> {
  const peer = await Peer.start();
  toStop.push(() => peer.stop());
  const source = socketText({ host: '127.0.0.1', port: peer.port, firstDelayMs: 1, ...options });
  const session = await SourceSession.open(source[SOURCE]());
  toStop.push(() => session.close());
  return { peer, session };
}

describe('a socket with a log', () => {
  it('is a source that can be read again if the log is on disk, and says so', async () => {
    const { session } = await opened({ log: join(home, randomUUID()) });
    const { session: inMemory } = await opened({ log: 'memory' });
    expect([session.source.replayable, inMemory.source.replayable]).toEqual([true, false]);
  });

  it('reads no further while the log is full: the peer is held up, and everything comes in the end', async () => {
    const { peer, session } = await opened({ log: { memory: true, maxBytes: 1_000_000 }, maxBatchBytes: 300_000 });
    const socket = await peer.connection();
    const lines = 20_000;
    const line = 'x'.repeat(999);
    let isTaken = false;
    socket.write(`${line}\n`.repeat(lines), () => {
      isTaken = true;
    });
    // Nothing is taken out: what has come stands still at what the log holds.
    await vi.waitFor(
      () => expect(session.source.cut(0, { maxRecords: 0, intervalMs: 1 })).toMatchObject({ more: true }),
      PATIENT,
    );
    let got = 0;
    let most = 0;
    await vi.waitFor(async () => {
      const { cut } = await session.cut();
      most = Math.max(most, (await session.read(cut)).length);
      got += cut.records ?? 0;
      await session.settle(cut);
      expect(got).toBe(lines);
    }, PATIENT);
    expect(isTaken).toBe(true);
    // Blocks of a chunk, of which one at least is taken.
    expect(most).toBeLessThanOrEqual(400);
    expect(session.reports).toEqual([]);
  });

  it('reads no further while more than maxBufferedBytes is on its way into the log', async () => {
    const gates: (() => void)[] = [];
    let onTheWay = 0;
    let most = 0;
    const log = logWith(
      (inner) => ({
        append(one) {
          const bytes = one.parts.reduce((sum, { length }) => sum + length, 0);
          onTheWay += bytes;
          most = Math.max(most, onTheWay);
          return new Promise<number>((resolve) =>
            gates.push(() => {
              onTheWay -= bytes;
              resolve(inner.append(one) as number);
            }),
          );
        },
      }),
      100_000_000,
    );
    const { peer, session } = await opened({ log, maxBufferedBytes: 200_000 });
    const lines = 100_000;
    (await peer.connection()).write('y'.repeat(99).concat('\n').repeat(lines));
    await vi.waitFor(() => expect(onTheWay).toBeGreaterThanOrEqual(200_000), PATIENT);
    let got = 0;
    await vi.waitFor(async () => {
      gates.shift()?.();
      got += (await session.cut()).cut.records ?? 0;
      expect(got).toBe(lines);
    }, PATIENT);
    // And the chunk with which it was reached.
    expect(most).toBeLessThan(270_000);
  });

  it('ends after what is being written: the last line needs no end', async () => {
    const gates: (() => void)[] = [];
    const log = logWith((inner) => ({
      append: (one) => new Promise<number>((resolve) => gates.push(() => resolve(inner.append(one) as number))),
    }));
    const { peer, session } = await opened({ log, onEnd: 'complete' });
    (await peer.connection()).end('a\nb');
    await vi.waitFor(() => expect(gates.length).toBe(2), PATIENT);
    expect((await session.cut()).last).toBeUndefined();
    for (const open of gates) open();
    await vi.waitFor(async () => {
      const answer = await session.cut();
      expect(await session.read(answer.cut)).toEqual(['a', 'b']);
      expect(answer.last).toBe(true);
    }, PATIENT);
  });

  it('drained while the log is full, stores what it has read as soon as batches have made room', async () => {
    let isFull = false;
    const waits: number[] = [];
    const log = logWith((inner) => ({
      hasRoom(bytes) {
        if (isFull) waits.push(bytes);
        return !isFull;
      },
      append(one) {
        if (isFull) throw new StreamError('BUFFER_FULL', 'no room', { retriable: true });
        return inner.append(one);
      },
    }));
    const { peer, session } = await opened({ log });
    const socket = await peer.connection();
    socket.write('a\n');
    const first = await vi.waitFor(async () => {
      const answer = await session.cut();
      expect(answer.empty).toBe(false);
      return answer.cut;
    }, PATIENT);
    isFull = true;
    socket.write('b\n');
    await vi.waitFor(() => expect(waits).not.toEqual([]), PATIENT);
    const drained = promised(() => session.source.drain?.());
    await promisesSettle();
    isFull = false;
    await session.settle(first);
    await drained;
    expect(await session.read((await session.cut()).cut)).toEqual(['b']);
    expect(session.reports).toEqual([]);
  });

  it('leaves out a block that another format wrote, where it may, and goes on', async () => {
    const foreign: unknown[] = [];
    const log = logWith((inner) => ({
      open(scheduler, report) {
        inner.append({ parts: [Buffer.from([99, 1, 1, 97])], records: 1 });
        return inner.open(scheduler, report);
      },
    }));
    const { peer, session } = await opened({ log, onUndecodable: ({ bytes }) => void foreign.push([...bytes]) });
    (await peer.connection()).write('a\n');
    const { records } = await session.cutUntil(1);
    expect([records.flat(), foreign]).toEqual([['a'], [[99, 1, 1, 97]]]);
    expect(session.reports).toEqual([expect.objectContaining({ code: 'RECORD_UNDECODABLE', count: 1 })]);
    const strict = await opened({ log });
    await expect(strict.session.cutUntil(1)).rejects.toThrow(expect.objectContaining({ code: 'DATA_CORRUPT' }));
  });

  it('tells what it has read and the log would not take', async () => {
    const log = logWith(() => ({
      append: () => Promise.reject(new Error('no disk')),
    }));
    const { peer, session } = await opened({ log });
    (await peer.connection()).write('a\nb\n');
    const answer = await vi.waitFor(async () => {
      const one = await session.cut();
      expect(one.last).toBe(true);
      return one;
    }, PATIENT);
    expect(answer.error).toEqual(new Error('no disk'));
    expect(session.reports).toEqual([expect.objectContaining({ code: 'RECORDS_DROPPED', count: 2 })]);
  });

  it.each(['maxBatchBytes', 'maxRatePerSecond', 'onUndecodable'] as const)('%s needs a log', (option) => {
    expect(() => socketText({ port: 9999, [option]: 5 })).toThrow(/a log as well/);
  });
});
