import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder } from '../cache.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';
import { kafkaJars } from './kafkaJars.ts';
import { KAFKA_4 } from './startKafka.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));

/** How one of Kafka's own command line tools is started. */
export interface KafkaTool {
  readonly command: string;
  readonly args: readonly string[];
}

/** What Kafka's scripts of these names run: in Java, of the release the tests are run with. */
const TOOLS = {
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
} as const;

/** One of Kafka's tools; less than 1 MiB beside the broker, fetched once. */
export async function kafkaTool(name: keyof typeof TOOLS, args: readonly string[]): Promise<KafkaTool> {
  const version = process.env.KAFKA_VERSION ?? KAFKA_4;
  const java = await program('java', ['default-jre-headless']);
  const broker = await kafkaJars(version);
  const tools = await cachedFolder(`kafka-tools-${version}`, async (draft) => {
    const mvn = await program('mvn', ['maven']);
    const artifact = `-Dartifact=org.apache.kafka:kafka-tools:${version}`;
    await run(mvn, ['-q', '-B', '-f', POM, artifact, `-DoutputDirectory=${draft}`, 'dependency:copy']);
  });
  return { command: java, args: [...JVM, '-cp', `${broker}:${join(tools, '*')}`, TOOLS[name], ...args] };
}

const JVM = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
];
