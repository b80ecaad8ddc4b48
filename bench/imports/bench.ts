import { fileURLToPath } from 'node:url';
import type { Bench } from '../measure/Bench.ts';
import { runScript } from '../measure/inChild.ts';
import { quantile } from '../measure/interleaved.ts';

const SUBJECTS = ['rx-dstream', 'rxjs', 'kafkajs'] as const;

/** How long `import 'rx-dstream'` takes in a fresh process, beside rxjs and kafkajs alone, and what it loads. */
export const bench: Bench = async () => {
  const ms = new Map<string, number[]>(SUBJECTS.map((subject) => [subject, []]));
  for (let round = 0; round < 11; round++) {
    for (const subject of SUBJECTS) ms.get(subject)?.push((await here('importOnce.js', subject)) as number);
  }
  const median = (subject: string): number =>
    quantile(
      (ms.get(subject) ?? []).sort((a, b) => a - b),
      0.5,
    );
  const modules = (await here('importedModules.js', 'rx-dstream')) as readonly string[];
  const ofRxjs = modules.filter((url) => url.includes('/node_modules/rxjs/')).length;
  const others = modules.filter((url) => url.includes('/node_modules/') && !url.includes('/node_modules/rxjs/'));
  if (others.length > 0) throw new Error(`import: expected the root to load rxjs only, it loads ${others.join(', ')}`);
  const own = modules.filter((url) => url.includes('/dist/') && !url.includes('/node_modules/')).length;
  return [
    {
      name: 'import',
      unit: 'ms',
      ours: median('rx-dstream'),
      peers: { 'rxjs alone': median('rxjs'), 'kafkajs alone': median('kafkajs') },
      notes: [`loads ${own} files of its own, ${ofRxjs} of rxjs, none of other packages`],
    },
  ];
};

function here(script: string, subject: string): Promise<unknown> {
  return runScript(fileURLToPath(new URL(script, import.meta.url)), [subject]);
}
