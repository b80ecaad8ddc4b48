import { EventEmitter } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import { CustomReceiver } from '../../../src/sources/receiver/custom/CustomReceiver.ts';
import type { Receiving } from '../../../src/sources/receiver/custom/Receiving.ts';
import { frameCodec, lineCodec } from '../../../src/sources/socket/BlockCodec.ts';
import { FrameParser } from '../../../src/sources/socket/FrameParser.ts';
import { LineSplitter } from '../../../src/sources/socket/LineSplitter.ts';
import { SocketReceiver } from '../../../src/sources/socket/SocketReceiver.ts';
import { decodingOf } from '../../../src/sources/text/decoding.ts';
import { ANY_NEWLINE } from '../../../src/sources/text/lineEnds.ts';
import { frame, Peer } from '../socket/peer.ts';
import { receiverLaws } from './receiverLaws.ts';

/** Gives its messages to whoever listens, keeps those that nobody heard, and is told which are safe. */
function custom(receive: (outside: EventEmitter, receiving: Receiving<string>) => () => void) {
  const outside = new EventEmitter();
  const safe: string[] = [];
  outside.on('safe', (text: string) => safe.push(text));
  let next = 0;
  return {
    receiver: new CustomReceiver<string>({
      name: 'custom',
      receive: (receiving) => receive(outside, receiving),
      encode: serialize,
      decode: (block) => deserialize(block) as string[],
      blockIntervalMs: 5,
      maxWaitingBytes: 1e6,
      firstDelayMs: 1,
      maxDelayMs: 1,
      stopTimeoutMs: 10_000,
    }),
    feed(count: number) {
      const fed = Array.from({ length: count }, () => `text ${next++}`);
      for (const text of fed) outside.emit('message', text);
      return fed;
    },
    acknowledged: () => safe,
  };
}

function onMessage(outside: EventEmitter, take: (text: string) => Promise<void>): () => void {
  const taken = (text: string): void => {
    take(text).then(
      () => outside.emit('safe', text),
      () => {},
    );
  };
  outside.on('message', taken);
  return () => void outside.off('message', taken);
}

receiverLaws<string>({
  name: 'a custom receiver that stores',
  make: () => custom((outside, { store }) => onMessage(outside, (text) => store([text]))),
});

receiverLaws<string>({
  name: 'a custom receiver that adds',
  make: () => custom((outside, { add }) => onMessage(outside, add)),
});

const common = {
  name: 'socket',
  host: '127.0.0.1',
  connectTimeoutMs: 5000,
  firstDelayMs: 1,
  maxDelayMs: 5,
  maxBufferedBytes: 1e6,
  onEnd: 'reconnect',
  onLost: 'fail',
  failsWhenBroken: false,
  failsWhenInvalid: false,
} as const;

async function peerOf(encode: (texts: readonly string[]) => Buffer) {
  const peer = await Peer.start();
  let next = 0;
  return {
    port: peer.port,
    async feed(count: number) {
      const fed = Array.from({ length: count }, () => `text ${next++}`);
      const socket = peer.sockets.at(-1) ?? (await peer.connection());
      socket.write(encode(fed));
      return fed;
    },
    dispose: () => peer.stop(),
  };
}

receiverLaws<string>({
  name: 'socketText',
  isMute: true,
  async make() {
    const { port, ...place } = await peerOf((texts) => Buffer.from(texts.map((text) => `${text}\n`).join('')));
    const rules = {
      ends: ANY_NEWLINE,
      decoding: decodingOf('test', 'utf8'),
      maxLineBytes: 1e6,
      longLine: 'stop',
    } as const;
    const settings = { ...common, port, framing: () => new LineSplitter(rules) };
    return { ...place, receiver: new SocketReceiver(settings, lineCodec) };
  },
});

receiverLaws<Buffer>({
  name: 'socketFrames',
  isMute: true,
  recordKey: String,
  async make() {
    const { port, ...place } = await peerOf((texts) => Buffer.concat(texts.map(frame)));
    const settings = { ...common, port, framing: () => new FrameParser(1e6) };
    return { ...place, receiver: new SocketReceiver(settings, frameCodec) };
  },
});
