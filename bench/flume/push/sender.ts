/** `sender.js PORT EVENT_BYTES`: sends the same 1000 events with two headers each as fast as they are acknowledged, until it is killed. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { AvroWriter } from '../../../src/drivers/flume/avro/AvroWriter.ts';
import { AVRO_SOURCE_PROTOCOL } from '../../../src/drivers/flume/ipc/avroSourceProtocol.ts';
import { writeCall } from '../../../src/drivers/flume/ipc/calls.ts';
import { writeHandshakeRequest } from '../../../src/drivers/flume/ipc/handshake.ts';
import { packOf } from '../../../src/drivers/flume/netty/packOf.ts';

const EVENTS = 1000;
const HEADERS = new Map([
  ['host', 'agent-1.example.org'],
  ['timestamp', '1700000000000'],
]);

const [port, eventBytes] = [Number(process.argv[2]), Number(process.argv[3])];
const { hash } = AVRO_SOURCE_PROTOCOL;
const handshake = writeHandshakeRequest({ clientHash: hash, clientProtocol: null, serverHash: hash });
const event = new AvroWriter().texts(HEADERS).bytes(Buffer.alloc(eventBytes, 'x')).written();
const call = writeCall('appendBatch', (writer) => {
  writer.long(EVENTS);
  for (let n = 0; n < EVENTS; n++) writer.raw(event);
  writer.end();
});

const socket = connect({ port, host: '127.0.0.1', noDelay: true });
await once(socket, 'connect');
socket.write(packOf(1, [handshake, call]));
await once(socket, 'data');
/** As Java sends it: in buffers of 8 KiB. */
const buffers = Array.from({ length: Math.ceil(call.length / 8192) }, (_, n) =>
  call.subarray(8192 * n, 8192 * (n + 1)),
);
const pack = packOf(2, buffers);
/** A reply of one buffer: `OK`. */
const REPLY_BYTES = 15;
let come = 0;
socket.on('data', ({ length }) => {
  come += length;
  if (come < REPLY_BYTES) return;
  come -= REPLY_BYTES;
  socket.write(pack);
});
socket.on('error', () => process.exit(0));
socket.on('close', () => process.exit(0));
socket.write(pack);
