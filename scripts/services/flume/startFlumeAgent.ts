import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildServer } from '../ChildServer.ts';
import { serverFolder } from '../cache.ts';
import { program } from '../programs.ts';
import { flumeJars, type SparkSinkVersion } from './flumeJars.ts';

/** The releases the project is tested with: the last one, and the last one with Netty 3. */
export const FLUME_1_11 = '1.11.0';
export const FLUME_1_9 = '1.9.0';

/** How a Flume agent is started. */
export interface FlumeOptions {
  /** Default {@link FLUME_1_11}. */
  readonly version?: string;
  /** Puts Spark's sink (`org.apache.spark.streaming.flume.sink.SparkSink`) on the class path; {@link FLUME_1_9} only. */
  readonly sparkSink?: SparkSinkVersion;
  /** The agent's properties. The agent is called `a`: `{ 'a.sources': 's', ... }`. */
  readonly config: Readonly<Record<string, string | number>>;
  /** The heap, in MiB. Default 256. */
  readonly heapMiB?: number;
}

/** A running agent: `kill9`, `freeze`, `thaw`, `restart` (anew, a memory channel is empty then), `stop` (for good). */
export interface FlumeAgent {
  readonly server: ChildServer;
  readonly version: string;
  /** What the agent wrote into its log so far, the last lines of it. */
  logTail(lines?: number): string;
  kill9(): Promise<void>;
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an agent; ready when its sources run, which is before its sinks have reached anybody. */
export async function startFlumeAgent(options: FlumeOptions): Promise<FlumeAgent> {
  const version = options.version ?? FLUME_1_11;
  const classPath = await flumeJars(version, options.sparkSink);
  const java = await program('java', ['default-jre-headless']);
  const folder = serverFolder(`flume-${version}`);
  const properties = join(folder, 'agent.properties');
  const application = ['org.apache.flume.node.Application', '-n', 'a', '-f', properties, '--no-reload-conf'];
  const server: ChildServer = new ChildServer({
    name: `Flume ${version}`,
    command: java,
    args: [`-Xmx${options.heapMiB ?? 256}m`, ...JVM, '-cp', classPath, ...application],
    folder,
    // It has no port that says so.
    ready: async () => /Starting Source \w+$|Component type: SOURCE, name: \w+ started/m.test(server.logTail(200)),
  });
  try {
    writeFileSync(properties, propertiesOf(options.config), 'latin1');
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    server,
    version,
    logTail: (lines) => server.logTail(lines),
    kill9: () => server.kill9(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

const JVM = ['-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.showDateTime=true'];

/** As Java reads them in every release: anything beyond ASCII escaped. */
function propertiesOf(config: FlumeOptions['config']): string {
  const escaped = (text: string): string =>
    text.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Object.entries(config)
    .map(([key, value]) => `${key}=${escaped(`${value}`)}\n`)
    .join('');
}
