import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { asyncScheduler, firstValueFrom, retry, toArray, VirtualTimeScheduler } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../scripts/services/ports.ts';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import { foreachBatch } from '../../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../../src/runtime/batchInterval.ts';
import { drain } from '../../../src/runtime/drain.ts';
import { StreamingContext } from '../../../src/runtime/StreamingContext.ts';
import { type Cut, SOURCE, type SourceObservable, type SourceReport } from '../../../src/sources/Source.ts';
import { type SocketFramesOptions, socketFrames } from '../../../src/sources/socket/socketFrames.ts';
import { type SocketTextOptions, socketText } from '../../../src/sources/socket/socketText.ts';
import { eventually, SourceSession } from '../../../src/testing/SourceSession.ts';
import { frame, Peer } from './peer.ts';

const toStop: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

async function startPeer(port?: number): Promise<Peer> {
  const peer = await Peer.start(port);
  toStop.push(() => peer.stop());
  return peer;
}

function text(port: number, options: Partial<SocketTextOptions> = {}): SourceObservable<string> {
  return socketText({ host: '127.0.0.1', port, firstDelayMs: 1, maxDelayMs: 4, ...options });
}

function frames(port: number, options: Partial<SocketFramesOptions> = {}): SourceObservable<Buffer> {
  return socketFrames({ host: '127.0.0.1', port, firstDelayMs: 1, maxDelayMs: 4, ...options });
}

async function open<T>(source: SourceObservable<T>, position?: unknown): Promise<SourceSession<T>> {
  const session = await SourceSession.open(source[SOURCE](), position);
  toStop.push(() => session.close());
  return session;
}

async function records<T>(session: SourceSession<T>, count: number): Promise<T[]> {
  return (await session.cutUntil(count)).records.flat();
}

function reported({ reports }: { reports: readonly SourceReport[] }, code: string): SourceReport[] {
  return reports.filter((report) => report.code === code);
}

describe('socketText', () => {
  it('gives the lines of the peer, whatever ends them', async () => {
    const peer = await startPeer();
    peer.greet('a\nb\r\nc\rd\n');
    expect(await records(await open(text(peer.port)), 4)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives the lines of another character set and another end', async () => {
    const peer = await startPeer();
    peer.greet(Buffer.from([0x83, 0x65, 0x3b, 0x61, 0x0a, 0x3b]));
    expect(await records(await open(text(peer.port, { charset: 'shift_jis', delimiter: ';' })), 2)).toEqual([
      'テ',
      'a\n',
    ]);
  });

  it('gives one line for each step of a conversation: what socketTextStream must do', async () => {
    const peer = await startPeer();
    const session = await open(text(peer.port));
    const socket = await peer.connection();
    const lines: string[] = [];
    for (const line of ['1', '2', '3', '4', '5']) {
      socket.write(`${line}\n`);
      lines.push(...(await records(session, 1)));
    }
    expect(lines).toEqual(['1', '2', '3', '4', '5']);
  });

  it('gives the last line of a peer that ends the stream although it has no end, and connects again', async () => {
    const peer = await startPeer();
    const session = await open(text(peer.port));
    (await peer.connection()).end('a\nlast');
    expect(await records(session, 2)).toEqual(['a', 'last']);
    (await peer.connection()).write('b\n');
    expect(await records(session, 1)).toEqual(['b']);
    expect(session.reports).toMatchObject([
      { code: 'RECONNECTING', message: expect.stringContaining('the peer has ended the stream'), count: 1 },
      { code: 'RECONNECTED' },
    ]);
  });

  it("completes when the peer ends the stream, with onEnd: 'complete'", async () => {
    const peer = await startPeer();
    const lines = firstValueFrom(text(peer.port, { onEnd: 'complete' }).pipe(toArray()));
    (await peer.connection()).end('a\nb');
    expect(await lines).toEqual(['a', 'b']);
  });

  it('waits longer after each refusal, and says when it is connected', async () => {
    const [port] = (await freePorts(1)) as [number];
    const session = await open(text(port));
    await eventually('four refusals', () => session.reports.length >= 4);
    expect(session.reports.slice(0, 4).map(({ code, count, details }) => [code, count, details?.delayMs])).toEqual([
      ['RECONNECTING', 1, 1],
      ['RECONNECTING', 2, 2],
      ['RECONNECTING', 3, 4],
      ['RECONNECTING', 4, 4],
    ]);
    expect(session.reports[0]?.message).toContain('ECONNREFUSED');
    expect(await session.cut()).toMatchObject({ empty: true });
    (await startPeer(port)).greet('a\n');
    expect(await records(session, 1)).toEqual(['a']);
    expect(reported(session, 'RECONNECTED').length).toBe(1);
  });

  it('gives up a try that takes too long', async () => {
    const peer = await startPeer();
    const source = text(peer.port, { connectTimeoutMs: 50 })[SOURCE]();
    const scheduler = new VirtualTimeScheduler();
    const reports: SourceReport[] = [];
    const signal = new AbortController().signal;
    const report = (one: SourceReport): void => void reports.push(one);
    source.open({ position: undefined, scheduler, signal, wake: () => {}, report });
    toStop.push(() => source.close());
    // The 50 ms of this scheduler pass before the connection can be there.
    scheduler.flush();
    await eventually('a report', () => reports.length > 0);
    expect(reports).toMatchObject([
      { code: 'RECONNECTING', message: expect.stringContaining('no connection within 50 ms') },
    ]);
  });

  it('counts the bytes of half a line when the connection is reset', async () => {
    const peer = await startPeer();
    const session = await open(text(peer.port));
    (await peer.connection()).write('a\nhalf');
    expect(await records(session, 1)).toEqual(['a']);
    peer.sockets[0]?.resetAndDestroy();
    (await peer.connection()).write('b\n');
    expect(await records(session, 1)).toEqual(['b']);
    expect(reported(session, 'RECORDS_DROPPED')).toMatchObject([{ count: 4 }]);
  });

  describe('an endless line', () => {
    it('is left at the limit, counted, and the connection made again', async () => {
      const peer = await startPeer();
      const session = await open(text(peer.port, { maxLineBytes: 1000 }));
      const socket = await peer.connection();
      socket.write('a\n');
      let sent = 0;
      const flood = (): void => {
        if (!socket.destroyed && sent < 1000) {
          sent++;
          socket.write('x'.repeat(10_000), flood);
        }
      };
      flood();
      (await peer.connection()).write('b\n');
      expect(await records(session, 2)).toEqual(['a', 'b']);
      const [corrupt] = reported(session, 'DATA_CORRUPT');
      expect(corrupt?.message).toContain('at most 1000 bytes');
      expect(corrupt?.count).toBeGreaterThan(1000);
      expect(reported(session, 'RECONNECTED').length).toBe(1);
    });

    it.each([
      ['skip', ['a', 'b']],
      ['truncate', ['a', 'xxxx', 'b']],
    ] as const)('is handled and counted with %s, on the same connection', async (onLongLine, lines) => {
      const peer = await startPeer();
      peer.greet(`a\n${'x'.repeat(100_000)}\nb\n`);
      const session = await open(text(peer.port, { maxLineBytes: 4, onLongLine }));
      expect(await records(session, lines.length)).toEqual(lines);
      expect(session.reports).toMatchObject([{ code: 'RECORDS_DROPPED', count: 1 }]);
      expect(peer.connections).toBe(1);
    });

    it("is an error after what came before it, with 'fail'", async () => {
      const peer = await startPeer();
      peer.greet(`a\n${'x'.repeat(100)}`);
      const session = await open(text(peer.port, { maxLineBytes: 4, onLongLine: 'fail' }));
      expect(await records(session, 1)).toEqual(['a']);
      await eventually('the error', async () => (await session.cut()).last === true);
      expect(await session.cut()).toMatchObject({ error: { code: 'DATA_CORRUPT' } });
    });
  });

  describe('garbage', () => {
    const garbage = Buffer.from(Array.from({ length: 1000 }, (_, i) => ((i * 7919) % 251) | 0x80));

    it('is text with U+FFFD, and counted', async () => {
      const peer = await startPeer();
      peer.greet(Buffer.concat([garbage, Buffer.from('\na\n')]));
      const session = await open(text(peer.port));
      const [first, second] = await records(session, 2);
      expect(first).toContain('\ufffd');
      expect(second).toBe('a');
      expect(reported(session, 'RECORD_UNDECODABLE')).toMatchObject([{ count: 1 }]);
    });

    it("is an error with onInvalid: 'fail'", async () => {
      const peer = await startPeer();
      peer.greet(Buffer.concat([garbage, Buffer.from('\n')]));
      const session = await open(text(peer.port, { onInvalid: 'fail' }));
      await eventually('the error', async () => (await session.cut()).last === true);
      expect(await session.cut()).toMatchObject({ error: { code: 'RECORD_UNDECODABLE' } });
    });
  });

  it('reads no more than its memory allows, holds the peer up, and goes on when batches have settled', async () => {
    const peer = await startPeer();
    const session = await open(text(peer.port, { maxBufferedBytes: 100_000 }));
    const socket = await peer.connection();
    const line = `${'y'.repeat(999)}\n`;
    const total = 50_000;
    let sent = 0;
    const fill = (): void => {
      while (sent < total && !socket.destroyed) {
        sent++;
        if (!socket.write(line)) {
          socket.once('drain', fill);
          return;
        }
      }
    };
    fill();
    let got = 0;
    let last: Cut | undefined;
    const take = async (): Promise<number> => {
      const { cut } = await session.cut();
      last = cut;
      got += cut.records ?? 0;
      return cut.records ?? 0;
    };
    let quiet = 0;
    await eventually('the peer to be held up, or all lines', async () => {
      quiet = (await take()) === 0 && socket.writableNeedDrain ? quiet + 1 : 0;
      return quiet === 20 || got === total;
    });
    // The bound, and the chunk that passed it; each line counts 1000 bytes and 48.
    expect(got * 1048).toBeLessThan(100_000 + 70_000);
    while (got < total) {
      await session.settle(last as Cut);
      await take();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(got).toBe(total);
  });

  describe('what has not settled', () => {
    it('is repeated exactly by a retry of the pipeline, with nothing lost that had come', async () => {
      const peer = await startPeer();
      peer.greet('1\n2\n3\n');
      const seen: string[][] = [];
      let failures = 1;
      const write = ({ records: lines }: Batch<string>): void => {
        seen.push([...lines]);
        if (lines.includes('3') && failures-- > 0) throw new Error('once');
      };
      const context = new StreamingContext({ trigger: drain({ maxRecords: 2 }) });
      const done = text(peer.port).pipe(batchInterval(context), foreachBatch(write), retry(1)).subscribe();
      toStop.push(() => done.unsubscribe());
      await eventually('the repetition', () => seen.length >= 3);
      (await peer.connection()).end();
      (await peer.connection()).write('4\n');
      await eventually('the rest', () => seen.flat().includes('4'));
      expect(seen).toEqual([['1', '2'], ['3'], ['3'], ['4']]);
    });

    it('comes again first in a new context that knows no position', async () => {
      const peer = await startPeer();
      peer.greet('1\n2\n3\n');
      const source = text(peer.port);
      const first = await open(source);
      const { cuts } = await first.cutUntil(3, 1);
      await first.settle(cuts[0] as Cut);
      await first.close();
      expect(await records(await open(source), 2)).toEqual(['2', '3']);
    });

    it('is lost with its process, and that is said', async () => {
      const peer = await startPeer();
      peer.greet('1\n', '2\n');
      const { cuts } = await (await open(text(peer.port))).cutUntil(1);
      const other = await open(text(peer.port), cuts[0]?.position);
      expect(reported(other, 'POSITION_RESET').length).toBe(1);
      await expect(other.read(cuts[0] as Cut)).rejects.toMatchObject({ code: 'DATA_LOST' });
      expect(await records(other, 1)).toEqual(['2']);
    });

    it("is lost with its process, and its batch runs without it, with onLost: 'skip'", async () => {
      const peer = await startPeer();
      peer.greet('1\n', '2\n');
      const { cuts } = await (await open(text(peer.port))).cutUntil(1);
      const other = await open(text(peer.port, { onLost: 'skip' }), cuts[0]?.position);
      expect(await other.read(cuts[0] as Cut)).toEqual([]);
      expect(reported(other, 'RECORDS_DROPPED')).toMatchObject([{ count: 1 }]);
      expect(await records(other, 1)).toEqual(['2']);
    });
  });

  it('survives a peer process that is killed, and reads from the next one', async () => {
    const serve = (word: string, port: number): ChildProcess => {
      const program = `require('net').createServer((s) => { s.on('error', () => {}); setInterval(() => s.write('${word}\\n'), 5); })
        .listen(${port}, '127.0.0.1', () => console.log('listens'));`;
      const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      toStop.push(() => child.kill('SIGKILL'));
      return child;
    };
    const [port] = (await freePorts(1)) as [number];
    const first = serve('first', port);
    await once(first.stdout as NodeJS.ReadableStream, 'data');
    const session = await open(text(port));
    expect((await records(session, 3)).every((word) => word === 'first')).toBe(true);
    const died = once(first, 'exit');
    first.kill('SIGKILL');
    await died;
    // The port of a process that is dying may still take a connection, and breaks it then: both are reported.
    await eventually('a refusal', () => /ECONNREFUSED/.test(session.reports.at(-1)?.message ?? ''));
    await once(serve('second', port).stdout as NodeJS.ReadableStream, 'data');
    await eventually('the second peer', async () => (await records(session, 1)).includes('second'));
    expect(session.reports.at(-1)?.code).toBe('RECONNECTED');
  });

  it('runs under a drain trigger: a batch as soon as a line has come', async () => {
    const peer = await startPeer();
    const context = new StreamingContext({ trigger: drain(), scheduler: asyncScheduler });
    const seen: string[][] = [];
    const write = ({ records: lines }: Batch<string>): void => {
      seen.push([...lines]);
      if (seen.length === 1) peer.sockets[0]?.write('b\n');
    };
    const batches = text(peer.port).pipe(batchInterval(context), foreachBatch(write)).subscribe();
    toStop.push(() => batches.unsubscribe());
    (await peer.connection()).write('a\n');
    await eventually('two batches', () => seen.length === 2);
    expect(seen).toEqual([['a'], ['b']]);
  });

  it.each([
    ['no port', { port: undefined }],
    ['a port that is none', { port: 70_000 }],
    ['an empty host', { host: '' }],
    ['a delimiter of two characters', { delimiter: '\r\n' }],
    ['a delimiter that is not ASCII', { delimiter: 'é' }],
    ['a character set that does not exist', { charset: 'klingon' }],
    ['a policy that does not exist', { onLongLine: 'ignore' }],
    ['an empty memory', { maxBufferedBytes: 0 }],
  ])('refuses %s where it is written', (_name, options) => {
    expect(() => socketText({ port: 1, ...options } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('socketFrames', () => {
  it('gives the bytes of each frame', async () => {
    const peer = await startPeer();
    peer.greet(Buffer.concat([frame('ab'), frame(''), frame('x'.repeat(200_000))]));
    expect((await records(await open(frames(peer.port)), 3)).map(String)).toEqual(['ab', '', 'x'.repeat(200_000)]);
  });

  it.each([
    ['too long', Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 2, 3])],
    ['negative', Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3])],
  ])('leaves a connection whose next frame is %s, counts the bytes, and connects again', async (_name, bytes) => {
    const peer = await startPeer();
    peer.greet(Buffer.concat([frame('a'), bytes]), frame('b'));
    const session = await open(frames(peer.port));
    expect((await records(session, 2)).map(String)).toEqual(['a', 'b']);
    expect(reported(session, 'DATA_CORRUPT')).toMatchObject([{ count: 7 }]);
    expect(reported(session, 'RECONNECTED').length).toBe(1);
  });

  it("is an error with onLongFrame: 'fail', after the frames before", async () => {
    const peer = await startPeer();
    peer.greet(Buffer.concat([frame('a'), frame('x'.repeat(20))]));
    const session = await open(frames(peer.port, { maxFrameBytes: 10, onLongFrame: 'fail' }));
    expect((await records(session, 1)).map(String)).toEqual(['a']);
    await eventually('the error', async () => (await session.cut()).last === true);
    expect(await session.cut()).toMatchObject({ error: { code: 'DATA_CORRUPT' } });
  });

  it.each([
    ['ends the stream', (peer: Peer) => peer.sockets[0]?.end()],
    ['resets the connection', (peer: Peer) => peer.sockets[0]?.resetAndDestroy()],
  ])('counts the bytes of half a frame when the peer %s', async (_name, leave) => {
    const peer = await startPeer();
    const session = await open(frames(peer.port));
    (await peer.connection()).write(Buffer.concat([frame('a'), frame('half a frame').subarray(0, 9)]));
    expect((await records(session, 1)).map(String)).toEqual(['a']);
    leave(peer);
    (await peer.connection()).write(frame('b'));
    expect((await records(session, 1)).map(String)).toEqual(['b']);
    expect(reported(session, 'RECORDS_DROPPED')).toMatchObject([{ count: 9 }]);
  });

  it('refuses a frame limit of 0', () => {
    expect(() => socketFrames({ port: 1, maxFrameBytes: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
