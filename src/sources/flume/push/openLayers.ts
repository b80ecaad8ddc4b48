import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import { DeflatedStream } from './DeflatedStream.ts';

/** What may lie between the socket and the messages. */
export interface LayerRules {
  /** With a context TLS is demanded, without one it is refused. */
  readonly secureContext: SecureContext | undefined;
  readonly compression: 'any' | 'deflate' | 'none';
}

/** What is told of the layers of a connection. */
export interface LayerListener {
  /** The first byte of a layer has come: its handshake, or a message. */
  begun(): void;
  /** A layer is done with its handshake; nothing has to follow for now. */
  shaken(): void;
  /** All layers are off. `first` are the first bytes; the stream is paused. */
  opened(stream: Duplex, first: Buffer): void;
  /** This connection is not what it has to be. */
  failed(reason: string): void;
}

/** So many bytes tell a layer from a message. */
const LOOK_BYTES = 8;
const TLS = 0x16;
const ZLIB = 0x78;

/**
 * Takes TLS and zlib off a connection. Which lies inside which depends on the agent: TLS is the outer one up to Flume 1.9, zlib
 * since 1.10; so the first bytes of each layer tell.
 */
export function openLayers(socket: Socket, rules: LayerRules, listener: LayerListener): void {
  const { secureContext, compression } = rules;
  let isSecure = false;
  let isDeflated = false;

  look(socket);

  function look(stream: Duplex, before?: Buffer): void {
    stream.once('data', (chunk: Buffer) => {
      stream.pause();
      if (before === undefined) listener.begun();
      const first = before === undefined ? chunk : Buffer.concat([before, chunk]);
      const layer = first[0] === TLS || first[0] === ZLIB;
      if (layer && first.length < LOOK_BYTES) look(stream, first);
      else if (!layer || isMessage(first)) arrived(stream, first);
      else if (first[0] === TLS && !isSecure) secure(stream, first);
      else if (first[0] === ZLIB && !isDeflated) inflate(stream, first);
      else arrived(stream, first);
    });
    stream.resume();
  }

  function secure(stream: Duplex, first: Buffer): void {
    if (secureContext === undefined) {
      return listener.failed('it speaks TLS, and there is no option tls');
    }
    isSecure = true;
    stream.unshift(first);
    const tls = new TLSSocket(stream, { isServer: true, secureContext });
    // Before its end a handshake fails in this way alone.
    tls.on('_tlsError', (error: Error) => listener.failed(`its TLS handshake failed: ${error.message}`));
    tls.on('error', () => {}); // what follows is a close, of all layers
    tls.on('close', () => socket.destroy());
    stream.on('close', () => tls.destroy());
    tls.once('secure', () => {
      listener.shaken();
      look(tls);
    });
  }

  function inflate(stream: Duplex, first: Buffer): void {
    if (compression === 'none') return listener.failed("it is compressed, and compression is 'none'");
    isDeflated = true;
    const deflated = new DeflatedStream(stream, first);
    deflated.on('error', (error) => listener.failed(`it cannot be inflated: ${error.message}`));
    deflated.on('close', () => socket.destroy());
    look(deflated);
  }

  function arrived(stream: Duplex, first: Buffer): void {
    if (secureContext !== undefined && !isSecure) {
      return listener.failed('it does not speak TLS: the sink needs ssl = true');
    }
    if (compression === 'deflate' && !isDeflated) {
      return listener.failed('it is not compressed: the sink needs compression-type = deflate');
    }
    listener.opened(stream, first);
  }
}

/** After some hundred million messages a serial begins like a layer; but then a small number of buffers follows. */
function isMessage(first: Buffer): boolean {
  const buffers = first.readInt32BE(4);
  return buffers >= 1 && buffers < 0xff00;
}
