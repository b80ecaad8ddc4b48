import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder } from '../cache.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));

/** The class path of an Apache Flume release, from Maven artifacts; 17 to 37 MiB, and 6 for Spark's sink. Fetched once. */
export async function flumeJars(version: string, sparkSink: boolean): Promise<string> {
  const folder = await cachedFolder(`flume-${version}${sparkSink ? '-sparksink' : ''}`, async (draft) => {
    const mvn = await program('mvn', ['maven']);
    const options = [`-Dflume.version=${version}`, '-DincludeScope=runtime', `-DoutputDirectory=${join(draft, 'lib')}`];
    const profile = sparkSink ? ['-P', 'spark-sink'] : [];
    await run(mvn, ['-q', '-B', '-f', POM, ...profile, ...options, 'dependency:copy-dependencies']);
  });
  return join(folder, 'lib', '*');
}
