import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildServer } from '../ChildServer.ts';
import { serverFolder } from '../cache.ts';
import { freePorts } from '../ports.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';
import { kafkaJars } from './kafkaJars.ts';
import { liveBrokers } from './liveBrokers.ts';
import { type KafkaNode, serverProperties } from './serverProperties.ts';

/** The releases the project is tested with. */
export const KAFKA_4 = '4.3.1';
export const KAFKA_3 = '3.9.2';

/** How a Kafka broker is started. */
export interface KafkaOptions {
  /** Default `KAFKA_VERSION` of the environment, else {@link KAFKA_4}. */
  readonly version?: string;
  /** Lines of `server.properties` that replace ours. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** A running broker: `kill9`, `freeze`, `thaw`, `restart` (same port, same data), `stop` (for good). */
export interface KafkaBroker {
  readonly server: ChildServer;
  readonly version: string;
  readonly id: number;
  /** What clients are given: `['127.0.0.1:port']`. */
  readonly brokers: readonly string[];
  kill9(): Promise<void>;
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one broker (KRaft, its own controller) on free ports in a folder of its own. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const node: KafkaNode = { id: 1, port, controllerPort };
  return startNode(node, [node], newClusterId(), options);
}

/** What differs between a node alone, one of a cluster and a secured one. */
export interface NodeSetup {
  /** A folder with files that the properties name; default a new one. */
  readonly folder?: string;
  readonly formatArgs?: readonly string[];
  /** At the first start, wait until it sees so many brokers. Default 1. */
  readonly readyWhenBrokers?: number;
}

/** Formats and starts one node of a cluster; ready when it knows a controller and enough brokers. */
export async function startNode(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
  clusterId: string,
  options: KafkaOptions,
  setup: NodeSetup = {},
): Promise<KafkaBroker> {
  const version = options.version ?? process.env.KAFKA_VERSION ?? KAFKA_4;
  const classPath = await kafkaJars(version);
  const java = await program('java', ['default-jre-headless']);
  const command = (mainClass: string): string[] => [...JVM, '-cp', classPath, mainClass];
  const folder = setup.folder ?? serverFolder(`kafka-${version}`);
  const properties = join(folder, 'server.properties');
  let wanted = setup.readyWhenBrokers ?? 1;
  const server = new ChildServer({
    name: `Kafka ${version} (node ${node.id})`,
    command: java,
    args: [...command('kafka.Kafka'), properties],
    folder,
    ready: async () => {
      const alive = await liveBrokers(node.port);
      return alive.includes(node.id) && alive.length >= wanted;
    },
  });
  try {
    const data = join(folder, 'data');
    mkdirSync(data);
    writeFileSync(properties, serverProperties(node, nodes, data, options.properties));
    const format = ['format', '-t', clusterId, '-c', properties, ...(setup.formatArgs ?? [])];
    await run(java, [...command('kafka.tools.StorageTool'), ...format]);
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  wanted = 1; // a restart does not wait for the others
  return brokerOf(server, node, version);
}

/** 16 random bytes as Kafka writes them; not beginning with a dash, which its tools take for an option. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

const JVM = [
  '-Xms96m',
  '-Xmx384m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

function brokerOf(server: ChildServer, node: KafkaNode, version: string): KafkaBroker {
  return {
    server,
    version,
    id: node.id,
    brokers: [`127.0.0.1:${node.port}`],
    kill9: () => server.kill9(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}
