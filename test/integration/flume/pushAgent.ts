import { join } from 'node:path';
import { describe } from 'vitest';
import { flumeJars } from '../../../scripts/services/flume/flumeJars.ts';
import { FLUME_1_9, FLUME_1_11, type FlumeAgent, startFlumeAgent } from '../../../scripts/services/index.ts';

/** How a sink of an agent sends. */
export interface SinkOptions {
  readonly port: number;
  readonly deflate?: boolean;
  readonly tls?: { readonly trustStore: string; readonly trustStorePassword: string };
}

/** What an agent with Avro sinks is to be like. */
export interface PushAgentOptions {
  readonly version?: string;
  /** Where its events come from, for each sink: numbers from 0, so many; or the lines of the files of a folder. */
  readonly source: { readonly numbers: number } | { readonly folder: string };
  /** Each with a source and a channel of its own. */
  readonly sinks: readonly SinkOptions[];
  /** Events of one call. Default 1000. */
  readonly batchSize?: number;
  /** A folder for channels of files, which outlive the agent. Default: channels in memory. */
  readonly channels?: string;
}

/** Starts an agent whose Avro sinks send to these ports; each event has a header `site`. */
export function startPushAgent(options: PushAgentOptions): Promise<FlumeAgent> {
  const { version, sinks } = options;
  const config: Record<string, string | number> = {
    'a.sources': sinks.map((_, n) => `s${n}`).join(' '),
    'a.channels': sinks.map((_, n) => `c${n}`).join(' '),
    'a.sinks': sinks.map((_, n) => `k${n}`).join(' '),
  };
  for (const [n, sink] of sinks.entries()) Object.assign(config, path(n, sink, options));
  return startFlumeAgent({ ...(version === undefined ? {} : { version }), config });
}

function path(n: number, sink: SinkOptions, { source, batchSize = 1000, channels }: PushAgentOptions) {
  const [s, c, k] = [`a.sources.s${n}`, `a.channels.c${n}`, `a.sinks.k${n}`];
  return {
    ...('numbers' in source
      ? { [`${s}.type`]: 'seq', [`${s}.totalEvents`]: source.numbers, [`${s}.batchSize`]: 500 }
      : { [`${s}.type`]: 'spooldir', [`${s}.spoolDir`]: source.folder, [`${s}.pollDelay`]: 50 }),
    [`${s}.channels`]: `c${n}`,
    [`${s}.interceptors`]: 'i',
    [`${s}.interceptors.i.type`]: 'static',
    [`${s}.interceptors.i.key`]: 'site',
    [`${s}.interceptors.i.value`]: 'zürich',
    ...(channels === undefined
      ? { [`${c}.type`]: 'memory' }
      : {
          [`${c}.type`]: 'file',
          [`${c}.checkpointDir`]: join(channels, `checkpoint-${n}`),
          [`${c}.dataDirs`]: join(channels, `data-${n}`),
        }),
    [`${c}.capacity`]: 20_000,
    [`${c}.transactionCapacity`]: 2000,
    // A batch that is not full is not kept back.
    [`${c}.keep-alive`]: 0,
    [`${k}.type`]: 'avro',
    [`${k}.channel`]: `c${n}`,
    [`${k}.hostname`]: '127.0.0.1',
    [`${k}.port`]: sink.port,
    [`${k}.batch-size`]: batchSize,
    ...(sink.deflate === true ? { [`${k}.compression-type`]: 'deflate' } : {}),
    ...(sink.tls === undefined
      ? {}
      : {
          [`${k}.ssl`]: 'true',
          [`${k}.truststore`]: sink.tls.trustStore,
          [`${k}.truststore-password`]: sink.tls.trustStorePassword,
        }),
  };
}

/** `describe` for tests that need agents; if they cannot be had, a skipped one that says why, but with `CI` set they fail. */
export async function withFlume(): Promise<typeof describe | typeof describe.skip> {
  try {
    for (const version of [FLUME_1_9, FLUME_1_11]) await flumeJars(version);
    return describe;
  } catch (error) {
    if (process.env.CI) return describe;
    const missing = String(error).split('\n', 1)[0];
    process.stderr.write(`\n*** no Flume: its tests are SKIPPED: ${missing}\n\n`);
    return ((name: string, body: () => void) =>
      describe.skip(`${name} [SKIPPED: no Flume: ${missing}]`, body)) as typeof describe.skip;
  }
}
