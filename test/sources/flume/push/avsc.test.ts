import { once } from 'node:events';
import { connect } from 'node:net';
import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { AVRO_SOURCE_PROTOCOL } from '../../../../src/drivers/flume/ipc/avroSourceProtocol.ts';
import { pushServer } from './pushServer.ts';

type Call = (parameter: unknown, done: (error: Error | null, status?: string) => void) => void;

describe('another implementation of Avro as client of flumePush', () => {
  it.each([
    ["Flume's protocol", AVRO_SOURCE_PROTOCOL.text],
    ['a protocol that we have to ask for', AVRO_SOURCE_PROTOCOL.text.replace('Licensed', 'Unlicensed')],
  ])('is served with %s', async (_, text) => {
    await using server = await pushServer();
    const service = avro.Service.forProtocol(JSON.parse(text));
    const client = service.createClient({ strictTypes: false });
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    client.createChannel(socket);
    const { append, appendBatch } = client as unknown as { append: Call; appendBatch: Call };
    const called = (call: Call, parameter: unknown): Promise<string | undefined> =>
      new Promise((resolve, reject) =>
        call.call(client, parameter, (error, status) => (error ? reject(error) : resolve(status))),
      );
    const event = (body: string): unknown => ({ headers: { n: body, ['__proto__']: 'x' }, body: Buffer.from(body) });
    expect(await called(append, event('one'))).toBe('OK');
    const many = Array.from({ length: 500 }, (_, n) => `${n}`);
    expect(await called(appendBatch, many.map(event))).toBe('OK');
    const together = Array.from({ length: 20 }, (_, n) => called(appendBatch, [event(`t${n}`)]));
    expect(new Set(await Promise.all(together))).toEqual(new Set(['OK']));
    expect(server.stored).toEqual([['one'], many, ...together.map((_, n) => [`t${n}`])]);
    expect(server.reports).toEqual([]);
    client.destroyChannels({ noWait: true });
    socket.destroy();
  });
});
