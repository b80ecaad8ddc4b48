import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder } from '../cache.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));

/** The class path of an Apache Kafka release, from Maven artifacts; about 45 MiB, fetched once. */
export async function kafkaJars(version: string): Promise<string> {
  const folder = await cachedFolder(`kafka-${version}`, async (draft) => {
    const mvn = await program('mvn', ['maven']);
    const goal = 'dependency:copy-dependencies';
    const options = [`-Dkafka.version=${version}`, '-DincludeScope=runtime', `-DoutputDirectory=${join(draft, 'lib')}`];
    await run(mvn, ['-q', '-B', '-f', POM, ...options, goal]);
  });
  return join(folder, 'lib', '*');
}
