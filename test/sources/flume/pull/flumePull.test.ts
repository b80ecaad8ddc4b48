import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../../../../scripts/services/ports.ts';
import { promised } from '../../../../src/core/Answer.ts';
import { eventually } from '../../../../src/testing/SourceSession.ts';
import type { Misdeed } from '../../../support/flume/FakeSparkSink.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { bodies, open, pull, reported, startSink } from './session.ts';

const temporary = temporaryFolder();

describe('flumePull', () => {
  it('gives the events of an agent, headers and body', async () => {
    const sink = await startSink();
    const session = await open(pull([sink]));
    sink.put({ headers: { host: 'a', __proto__x: '1', '': 'é' }, body: 'to be' }, 'or not');
    const { records } = await session.cutUntil(2);
    expect(records.flat().map((event) => [[...event.headers], event.body.toString()])).toEqual([
      [
        [
          ['host', 'a'],
          ['__proto__x', '1'],
          ['', 'é'],
        ],
        'to be',
      ],
      [[], 'or not'],
    ]);
  });

  it('asks, stores, acknowledges, and only then asks again: one thing at a time on a connection', async () => {
    const sink = await startSink();
    const session = await open(pull([sink], { maxEventsPerBatch: 2 }));
    sink.put('a', 'b', 'c');
    expect(await bodies(session, 3)).toEqual(['a', 'b', 'c']);
    await eventually('the third get', () => sink.calls.length >= 5);
    expect(sink.calls.map(({ name, argument }) => `${name} ${argument}`)).toEqual([
      'getEventBatch 2',
      'ack abcdefgh1',
      'getEventBatch 2',
      'ack abcdefgh2',
      'getEventBatch 2',
    ]);
    expect(sink.committed).toEqual(['a', 'b', 'c']);
    expect(sink.connections).toBe(1);
  });

  it('gives a batch of events that come in many buffers whole', async () => {
    const sink = await startSink();
    const session = await open(pull([sink]));
    const long = Array.from({ length: 9 }, (_, n) => `${n}`.repeat(20_000));
    sink.put(...long);
    expect(await bodies(session, 9)).toEqual(long);
  });

  it('keeps apart what several agents and several connections to each bring', async () => {
    const sinks = [await startSink(), await startSink()];
    const session = await open(pull(sinks, { connectionsPerAgent: 3, maxEventsPerBatch: 1 }));
    await eventually('six connections that wait', () =>
      sinks.every((sink) => sink.called('getEventBatch').length === 3),
    );
    sinks[0]?.put('a1', 'a2', 'a3', 'a4');
    sinks[1]?.put('b1', 'b2');
    expect((await bodies(session, 6)).sort()).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2']);
    await eventually('all acknowledged', () => sinks.every((sink) => sink.out.size === 0));
    expect(sinks.map((sink) => sink.connections)).toEqual([3, 3]);
    expect(session.reports).toEqual([]);
  });

  it('is named after its agents', async () => {
    expect((await open(pull([{ port: 1 }, { port: 2 }]))).source.name).toBe('flume:127.0.0.1:1,127.0.0.1:2');
    expect((await open(pull([{ port: 1 }], { name: 'edge' }))).source.name).toBe('edge');
  });

  describe('the handshake', () => {
    it('sends the text of the protocol to a sink that does not know its hash', async () => {
      const sink = await startSink();
      sink.match = 'NONE';
      const session = await open(pull([sink]));
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
      expect(sink.handshakes).toEqual(['hash', 'text']);
    });

    it('goes on with a sink whose own protocol has another text', async () => {
      const sink = await startSink();
      sink.match = 'CLIENT';
      const session = await open(pull([sink]));
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
    });

    it('says so when something else listens there, and tries again', async () => {
      const sink = await startSink();
      sink.match = 'CLIENT';
      sink.protocol = '{"protocol":"AvroSourceProtocol","messages":{"append":{}}}';
      const session = await open(pull([sink]));
      await eventually('a report', () => session.reports.length > 0);
      expect(session.reports[0]).toMatchObject({
        code: 'RECONNECTING',
        message: expect.stringContaining('expected a SparkSink, got a server of the protocol AvroSourceProtocol'),
      });
      sink.match = 'BOTH';
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
    });

    it('does not wait for ever for its answer', async () => {
      const sink = await startSink();
      sink.handshakeMisdeed = 'silence';
      const session = await open(pull([sink], { replyTimeoutMs: 20 }));
      await eventually('a get, behind a handshake', () => sink.called('getEventBatch').length > 0);
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
      expect(session.reports[0]?.message).toContain('no answer to the handshake within 20 ms');
    });
  });

  describe('a connection that breaks', () => {
    it('is made again, after waits that grow and differ, and both is reported', async () => {
      const [port] = (await freePorts(1)) as [number];
      const session = await open(pull([{ port }], { firstDelayMs: 8, maxDelayMs: 16 }));
      await eventually('four refusals', () => session.reports.length >= 4);
      for (const [n, { code, count, details, message }] of session.reports.slice(0, 4).entries()) {
        const longest = Math.min(16, 8 * 2 ** n);
        expect([code, count]).toEqual(['RECONNECTING', n + 1]);
        expect(message).toMatch(new RegExp(`^flume:127.0.0.1:${port}: .*ECONNREFUSED.*; connects again in \\d+ ms`));
        expect(details?.delayMs).toBeGreaterThanOrEqual(longest / 2);
        expect(details?.delayMs).toBeLessThanOrEqual(longest);
      }
      const back = await startSink(port);
      back.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
      expect(reported(session, 'RECONNECTED')).toMatchObject([
        { message: expect.stringContaining(`127.0.0.1:${port}`) },
      ]);
    });

    it('while it waits for events loses nothing: what the agent gave to nobody comes again', async () => {
      const sink = await startSink();
      const session = await open(pull([sink]));
      await eventually('a get', () => sink.called('getEventBatch').length === 1);
      sink.cutAll();
      await eventually('another get', () => sink.called('getEventBatch').length === 2);
      sink.put('a');
      sink.put('b');
      expect(await bodies(session, 1)).toEqual(['b']);
      sink.expire('abcdefgh1');
      expect(await bodies(session, 1)).toEqual(['a']);
    });

    it.each<[string, Misdeed, string]>([
      ['breaks', 'cut', 'closed'],
      ['does not come', 'silence', 'no answer to ack within 20 ms'],
    ])(
      'before an acknowledgement has got through gives its events again: the answer %s',
      async (_, misdeed, reason) => {
        const sink = await startSink();
        const session = await open(pull([sink], { replyTimeoutMs: 20 }));
        sink.next('ack', misdeed);
        sink.put('a');
        expect(await bodies(session, 1)).toEqual(['a']);
        // On a machine that stands still another answer may be late as well.
        await eventually('a report', () =>
          reported(session, 'RECONNECTING').some(({ message }) => message.includes(reason)),
        );
        sink.expire('abcdefgh1');
        expect(await bodies(session, 1)).toEqual(['a']);
        await eventually('an acknowledgement', () => sink.out.size === 0);
        expect(sink.committed).toEqual(['a']);
      },
    );

    it('after an acknowledgement has got through gives nothing twice', async () => {
      const sink = await startSink();
      const session = await open(pull([sink]));
      sink.next('ack', 'cut after');
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
      await eventually('another get', () => sink.called('getEventBatch').length === 2);
      sink.put('b');
      expect(await bodies(session, 1)).toEqual(['b']);
      await eventually('all acknowledged', () => sink.out.size === 0);
      expect(sink.committed).toEqual(['a', 'b']);
    });

    it('is given up when a batch takes longer than it may', async () => {
      const sink = await startSink();
      const session = await open(pull([sink], { batchTimeoutMs: 20 }));
      await eventually('a report', () => session.reports.length > 0);
      expect(session.reports[0]?.message).toContain('no events within 20 ms');
      await eventually('a new connection', () => sink.connections >= 2);
    });
  });

  describe('a full log', () => {
    it('keeps it from asking: the agent holds on to what it has', async () => {
      const sink = await startSink();
      const session = await open(pull([sink], { maxEventsPerBatch: 1, log: { memory: true, maxBytes: 1000 } }));
      const letters = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(300));
      sink.put(...letters);
      const first = await session.cutUntil(2);
      expect(await session.cut()).toMatchObject({ empty: true });
      await eventually('all acknowledged', () => sink.called('ack').length === 2);
      expect([sink.out.size, sink.called('getEventBatch').length]).toEqual([0, 2]);
      for (const cut of first.cuts) await session.settle(cut);
      expect(await bodies(session, 2)).toEqual(letters.slice(2));
      expect(sink.called('nack')).toEqual([]);
    });

    it('gives a batch back for which there is no room, and has it again when there is', async () => {
      const sink = await startSink();
      const session = await open(pull([sink], { log: { memory: true, maxBytes: 1000 } }));
      sink.put('a'.repeat(300));
      const { cuts } = await session.cutUntil(1);
      await eventually('a get', () => sink.called('getEventBatch').length === 2);
      sink.put('b'.repeat(700));
      await eventually('a nack', () => sink.called('nack').length > 0);
      for (const cut of cuts) await session.settle(cut);
      expect(await bodies(session, 1)).toEqual(['b'.repeat(700)]);
      await eventually('all acknowledged', () => sink.called('ack').length === 2);
      await session.cut();
      expect(reported(session, 'BLOCK_REFUSED').length).toBeGreaterThan(0);
    });

    it('makes a batch smaller that is larger than the log', async () => {
      const sink = await startSink();
      const session = await open(pull([sink], { log: { memory: true, maxBytes: 1000 } }));
      const letters = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(300));
      sink.put(...letters);
      const got: string[] = [];
      while (got.length < 5) got.push(...(await bodies(session, 1)));
      expect(got).toEqual(letters);
    });

    it('makes a batch smaller that is larger than a block of the log may be, though the log is never empty', async () => {
      const sinks = [await startSink(), await startSink()];
      const log = { folder: join(temporary, 'blocks'), maxBlockBytes: 700, sync: 'never' as const };
      const session = await open(pull(sinks, { log }));
      sinks[1]?.put('b'.repeat(100));
      await session.cutUntil(1);
      const letters = ['a', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(300));
      sinks[0]?.put(...letters);
      const { records } = await session.cutUntil(5);
      expect(records.flat().map(({ bodyText }) => bodyText)).toEqual(letters);
    });

    it('fails the run if one event is larger than a block may be, though the log is never empty', async () => {
      const sink = await startSink();
      const log = { folder: join(temporary, 'block'), maxBlockBytes: 700, sync: 'never' as const };
      const session = await open(pull([sink], { log }));
      sink.put('b'.repeat(100));
      await session.cutUntil(1);
      sink.put('a'.repeat(2000));
      await eventually('the end', async () => (await session.cut()).last === true);
      expect(await session.cut()).toMatchObject({
        error: { code: 'BUFFER_FULL', message: expect.stringContaining('raise maxBlockBytes') },
      });
      await eventually('the event given back', () => sink.out.size === 0);
    });

    it('makes a batch smaller that several connections got one after the other: each event fits', async () => {
      const sink = await startSink();
      const options = { maxEventsPerBatch: 2, connectionsPerAgent: 2, log: { memory: true as const, maxBytes: 1000 } };
      const session = await open(pull([sink], options));
      await eventually('two gets', () => sink.called('getEventBatch').length === 2);
      sink.put('a'.repeat(600), 'b'.repeat(600));
      const got = [...(await bodies(session, 1)), ...(await bodies(session, 1))];
      expect(got.sort()).toEqual(['a'.repeat(600), 'b'.repeat(600)]);
    });

    it('fails the run if one event is larger than the log', async () => {
      const sink = await startSink();
      const session = await open(pull([sink], { log: { memory: true, maxBytes: 1000 } }));
      sink.put('a'.repeat(2000));
      await eventually('the end', async () => (await session.cut()).last === true);
      expect(await session.cut()).toMatchObject({ error: { code: 'BUFFER_FULL' } });
      await eventually('the event given back', () => sink.out.size === 0);
      expect(sink.channel).toEqual(['a'.repeat(2000)]);
    });
  });

  describe('a sink that gives no events', () => {
    it('because it was asked for more than its channel can give is asked for that', async () => {
      const sink = await startSink();
      const session = await open(pull([sink]));
      sink.next('getEventBatch', { errorBatch: 'Take list for MemoryTransaction, capacity 100 full, consider ...' });
      sink.put('a');
      sink.cutAll();
      expect(await bodies(session, 1)).toEqual(['a']);
      await eventually('a get', () => sink.called('getEventBatch').length >= 3);
      expect(sink.called('getEventBatch').at(-1)).toBe('100');
      expect(reported(session, 'SOURCE_UNAVAILABLE')).toMatchObject([
        {
          message: expect.stringMatching(
            /capacity 100 full.*asked for 100 at once from now on, not 1000.*maxEventsPerBatch/s,
          ),
        },
      ]);
    });

    it('for another reason is asked again after a while', async () => {
      const sink = await startSink();
      sink.next('getEventBatch', { errorBatch: 'Spark sink has been stopped!' });
      sink.next('getEventBatch', { errorBatch: 'Unknown Error' });
      const session = await open(pull([sink], { sinkTimeoutMs: 50 }));
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
      expect(
        reported(session, 'SOURCE_UNAVAILABLE').map(({ message, details }) => [message, details?.pauseMs]),
      ).toEqual([
        [expect.stringContaining('Spark sink has been stopped!'), 5],
        [expect.stringContaining('Unknown Error'), 5],
      ]);
      expect(sink.called('nack')).toEqual([]);
    });

    it('but fails inside is tried again over another connection', async () => {
      const sink = await startSink();
      sink.next('getEventBatch', { avroError: 'java.lang.IllegalAccessError' });
      const session = await open(pull([sink]));
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
      expect(session.reports[0]).toMatchObject({
        code: 'RECONNECTING',
        message: expect.stringContaining('the agent answered an error: java.lang.IllegalAccessError'),
      });
    });

    it('but an empty batch has it acknowledged, so that it can forget it', async () => {
      const sink = await startSink();
      const nothing = Buffer.from([0, 0, 0, 4, 0x78, 0x39, 0]);
      sink.next('getEventBatch', { response: nothing });
      const session = await open(pull([sink]));
      await eventually('an acknowledgement', () => sink.called('ack').length === 1);
      expect(sink.called('ack')).toEqual(['x9']);
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
    });
  });

  it('says when an acknowledgement took longer than the sink waits for it', async () => {
    const sink = await startSink();
    sink.next('ack', 'late');
    const session = await open(pull([sink], { sinkTimeoutMs: 5 }));
    sink.put('a', 'b');
    await bodies(session, 2);
    await eventually('the ack', () => sink.called('ack').length === 1);
    const since = performance.now();
    await eventually('some time', () => performance.now() > since + 10);
    sink.release();
    await eventually('a report', () => session.reports.length > 0);
    expect(session.reports).toMatchObject([
      { code: 'LOG_SLOW', count: 2, message: expect.stringMatching(/2 events of 127.0.0.1:\d+ .* they come again/) },
    ]);
  });

  describe('at a stop', () => {
    it('a batch that has come is stored and acknowledged', async () => {
      const sink = await startSink();
      sink.next('ack', 'late');
      const session = await open(pull([sink]));
      sink.put('a');
      await eventually('the ack', () => sink.called('ack').length === 1);
      let isDrained = false;
      const drained = promised(() => session.source.drain?.()).then(() => {
        isDrained = true;
      });
      expect(await bodies(session, 1)).toEqual(['a']);
      expect(isDrained).toBe(false);
      sink.release();
      await drained;
      expect(sink.committed).toEqual(['a']);
      expect(sink.called('getEventBatch').length).toBe(1);
    });

    it('a batch that comes within the time that was set is stored and acknowledged, and no other is asked for', async () => {
      const sink = await startSink();
      const session = await open(pull([sink], { drainMs: 10_000 }));
      await eventually('a get', () => sink.called('getEventBatch').length === 1);
      const drained = promised(() => session.source.drain?.());
      sink.put('a');
      await drained;
      expect(sink.committed).toEqual(['a']);
      expect(await bodies(session, 1)).toEqual(['a']);
      await eventually('the end of the connection', () => sink.connected === 0);
      expect(sink.called('getEventBatch').length).toBe(1);
    });

    it('a batch that comes later is given back at once', async () => {
      const sink = await startSink();
      const session = await open(pull([sink]));
      await eventually('a get', () => sink.called('getEventBatch').length === 1);
      await session.close();
      expect(sink.connected).toBe(1);
      sink.put('a');
      await eventually('the end of the connection', () => sink.connected === 0);
      expect(sink.called('nack')).toEqual(['abcdefgh1']);
      expect(sink.channel).toEqual(['a']);
    });

    it('a get that is not answered is that of the next run', async () => {
      const sink = await startSink();
      const source = pull([sink]);
      for (let run = 0; run < 3; run++) {
        const session = await open(source);
        await eventually('a get', () => sink.called('getEventBatch').length === 1);
        await session.close();
      }
      const session = await open(source);
      sink.put('a');
      expect(await bodies(session, 1)).toEqual(['a']);
      expect(sink.connections).toBe(1);
      await eventually('the next get', () => sink.calls.length === 3);
      expect(sink.calls.map(({ name }) => name)).toEqual(['getEventBatch', 'ack', 'getEventBatch']);
    });

    it('the process is not kept from its end by a get that is not answered', async () => {
      const sink = await startSink();
      const session = await open(pull([sink]));
      await eventually('a get', () => sink.called('getEventBatch').length === 1);
      const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
      const before = sockets();
      await session.close();
      expect(sockets()).toBeLessThan(before);
      expect(sink.connected).toBe(1);
    });

    it('ends at whatever moment it comes, and a batch that was asked for is not left without an answer', async () => {
      const sink = await startSink();
      for (let turns = 0; turns < 40; turns++) {
        const session = await open(pull([sink]));
        await eventually('a handshake', () => sink.connected > 0 || sink.calls.length > 0);
        for (let turn = 0; turn < turns; turn++) await (turn % 2 === 0 ? Promise.resolve() : new Promise(setImmediate));
        await session.close();
        sink.put(`${turns}`);
        await eventually('the end of the connection', () => sink.connected === 0);
      }
      expect(sink.out.size).toBe(0);
    });

    it('of a run that has ended an acknowledgement that is not answered is not waited for', async () => {
      const sink = await startSink();
      sink.next('ack', 'silence after');
      const session = await open(pull([sink], { replyTimeoutMs: 60_000 }));
      sink.put('a');
      await eventually('the ack', () => sink.called('ack').length === 1);
      let isClosed = false;
      const closed = session.close().then(() => {
        isClosed = true;
      });
      await eventually('the end', () => isClosed);
      await closed;
      await eventually('the end of the connection', () => sink.connected === 0);
      expect(sink.committed).toEqual(['a']);
    });

    it('an acknowledgement that is not answered is waited for no longer than the run lasts', async () => {
      const sink = await startSink();
      sink.next('ack', 'silence');
      const session = await open(pull([sink], { replyTimeoutMs: 60_000, drainMs: 60_000 }));
      sink.put('a');
      await eventually('the ack', () => sink.called('ack').length === 1);
      const drained = promised(() => session.source.drain?.());
      let isClosed = false;
      const closed = session.close().then(() => {
        isClosed = true;
      });
      await eventually('the end', () => isClosed);
      await Promise.all([closed, drained]);
    });

    it('tries to connect end at once', async () => {
      const sink = await startSink();
      sink.handshakeMisdeed = 'silence';
      const session = await open(pull([sink], { drainMs: 10_000 }));
      await eventually('a connection', () => sink.handshakes.length === 1);
      await promised(() => session.source.drain?.());
      await eventually('its end', () => sink.connected === 0);
      expect(session.reports).toEqual([]);
    });
  });
});
