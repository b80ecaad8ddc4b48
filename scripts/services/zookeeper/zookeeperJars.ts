import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedFolder } from '../cache.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));

/** The class path of an Apache ZooKeeper release, from Maven artifacts; about 7 MiB, fetched once. */
export async function zookeeperJars(version: string): Promise<string> {
  const folder = await cachedFolder(`zookeeper-${version}`, async (draft) => {
    const mvn = await program('mvn', ['maven']);
    const goal = 'dependency:copy-dependencies';
    const lib = `-DoutputDirectory=${join(draft, 'lib')}`;
    await run(mvn, ['-q', '-B', '-f', POM, `-Dzookeeper.version=${version}`, '-DincludeScope=runtime', lib, goal]);
  });
  return join(folder, 'lib', '*');
}
