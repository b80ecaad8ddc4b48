import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder } from '../cache.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));

/** Releases of Spark's sink: the last one for the Avro that Flume brings, and the last one, which needs a newer. */
export type SparkSinkVersion = '2.3.4' | '2.4.8';

/** The class path of an Apache Flume release, from Maven artifacts; 17 to 37 MiB, and 6 for Spark's sink. Fetched once. */
export async function flumeJars(version: string, sparkSink?: SparkSinkVersion): Promise<string> {
  const name = `flume-${version}${sparkSink === undefined ? '' : `-sparksink-${sparkSink}`}`;
  const folder = await cachedFolder(name, async (draft) => {
    const mvn = await program('mvn', ['maven']);
    const options = [`-Dflume.version=${version}`, '-DincludeScope=runtime', `-DoutputDirectory=${join(draft, 'lib')}`];
    const profile = sparkSink === undefined ? [] : ['-P', `spark-sink-${sparkSink}`];
    await run(mvn, ['-q', '-B', '-f', POM, ...profile, ...options, 'dependency:copy-dependencies']);
  });
  return join(folder, 'lib', '*');
}
