import { BlockList, isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { functionArgument, optionsArgument, refuse, textArgument, wholeNumber } from '../../../core/arguments.ts';
import { StreamError } from '../../../core/errors.ts';
import { knownOptions } from '../../../core/knownOptions.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import type { EventLimits } from '../../../drivers/flume/events/checkEvents.ts';
import type { PackLimits } from '../../../drivers/flume/netty/PackParser.ts';
import { RECEIVER_OPTIONS } from '../../receiver/receiverObservable.ts';
import type { FlumePushOptions } from './flumePush.ts';
import type { LayerRules } from './openLayers.ts';

const WHERE = 'flumePush';
const MiB = 1024 * 1024;
/** Java cuts a message into buffers of 8 KiB, and begins a new one after each larger body. */
const JAVA_BUFFER_BYTES = 8192;

/** @internal What a receiver needs to know. */
export interface PushSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly onListening: FlumePushOptions['onListening'];
  readonly layers: LayerRules;
  readonly limits: PackLimits & EventLimits;
  readonly maxConnections: number;
  readonly maxBytesInFlight: number;
  readonly messageTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** How often connections are looked at. */
  readonly sweepMs: number;
  allows(address: string | undefined): boolean;
}

/** @internal Checks everything that is about the server. */
export function pushSettings(options: FlumePushOptions): PushSettings {
  optionsArgument(WHERE, options, "{ port: 4141, log: './log' }");
  knownOptions(WHERE, options, OPTIONS);
  const whole = (name: keyof FlumePushOptions, otherwise: number, least = 1): number =>
    wholeNumber(`${WHERE}(${name})`, options[name] ?? otherwise, least);
  const host = textArgument(`${WHERE}(host)`, options.host ?? '127.0.0.1');
  const port = wholeNumber(`${WHERE}(port)`, options.port, 0);
  if (port > 65_535) refuse(`${WHERE}(port)`, 'a TCP port from 0 to 65535', port);
  const { onListening } = options;
  if (onListening !== undefined) functionArgument(`${WHERE}(onListening)`, onListening);
  const compression = options.compression ?? 'any';
  if (compression !== 'any' && compression !== 'deflate' && compression !== 'none') {
    refuse(`${WHERE}(compression)`, "'any', 'deflate' or 'none'", compression);
  }
  const maxMessageBytes = whole('maxMessageBytes', 64 * MiB);
  const messageTimeoutMs = whole('messageTimeoutMs', 30_000);
  const idleTimeoutMs = whole('idleTimeoutMs', 600_000);
  return {
    name: textArgument(`${WHERE}(name)`, options.name ?? `flume:${host}:${port}`),
    host,
    port,
    onListening,
    layers: { secureContext: secureContextOf(options.tls), compression },
    limits: {
      maxMessageBytes,
      maxBuffers: 2 * Math.ceil(maxMessageBytes / JAVA_BUFFER_BYTES) + 16,
      maxEvents: whole('maxEventsPerMessage', 1_000_000),
      maxHeaders: whole('maxHeaders', 1000, 0),
    },
    maxConnections: whole('maxConnections', 256),
    maxBytesInFlight: whole('maxBytesInFlight', 256 * MiB),
    messageTimeoutMs,
    idleTimeoutMs,
    sweepMs: Math.min(1000, Math.max(1, Math.floor(Math.min(messageTimeoutMs, idleTimeoutMs) / 4))),
    allows: allowedBy(options.allowFrom),
  };
}

/** Flume up to 1.9 cannot do TLS 1.3 on today's Java: it has to be asked for. */
function secureContextOf(tls: FlumePushOptions['tls']): SecureContext | undefined {
  if (tls === undefined) return undefined;
  const where = `${WHERE}(tls)`;
  optionsArgument(where, tls, '{ key, cert }');
  if (tls.pfx === undefined && (tls.key === undefined || tls.cert === undefined)) {
    refuse(where, 'key and cert, or pfx', tls);
  }
  try {
    return createSecureContext({ maxVersion: 'TLSv1.2', ...tls });
  } catch (cause) {
    const message = `${where}: expected a key and its certificate in PEM, or a pfx; ${reasonOf(cause)}.`;
    throw new StreamError('INVALID_ARGUMENT', message, { cause });
  }
}

function allowedBy(allowFrom: FlumePushOptions['allowFrom']): PushSettings['allows'] {
  if (allowFrom === undefined) return () => true;
  if (!Array.isArray(allowFrom))
    refuse(`${WHERE}(allowFrom)`, "addresses like ['10.0.0.0/8', '192.168.1.7']", allowFrom);
  const list = new BlockList();
  for (const [n, entry] of allowFrom.entries()) {
    const where = `${WHERE}(allowFrom[${n}])`;
    const [address = '', bits, ...more] = textArgument(where, entry).split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (family === 0 || prefix < 0 || prefix > most || more.length > 0) {
      refuse(where, 'an IP address or a network like 10.0.0.0/8', entry);
    }
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => address !== undefined && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const OPTIONS: Readonly<Record<keyof FlumePushOptions, true>> = {
  ...RECEIVER_OPTIONS,
  port: true,
  host: true,
  allowFrom: true,
  tls: true,
  compression: true,
  maxMessageBytes: true,
  maxEventsPerMessage: true,
  maxHeaders: true,
  maxConnections: true,
  maxBytesInFlight: true,
  messageTimeoutMs: true,
  idleTimeoutMs: true,
  onListening: true,
  name: true,
};
