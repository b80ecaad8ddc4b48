/**
 * `npm test`: everything. Steps run one after the other, the quick ones first; a failure does not keep the later ones
 * from running. The last line is `N passed, N failed, N skipped`, over all of them.
 */
import { join } from 'node:path';
import { KAFKA_3, KAFKA_4, nodeRelease } from './services/index.ts';
import { checkPackage } from './test/checkPackage.ts';
import { check, command, ROOT, type StepResult, unavailable, vitest } from './test/steps.ts';

/** Besides the Node that runs this: the long-term support releases after 20. */
const NODES = [24, 26];

/** They wait for nothing: as many at a time as there are processors. */
const UNITS = ['--project', 'unit', '--maxWorkers=100%'];

const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);

/** Whether it runs there is the question; the searches have been gone through before. */
async function unitsOn(major: number): Promise<StepResult> {
  try {
    const env = { LIVES: '2', DAMAGE_STRIDE: '11' };
    return await vitest(UNITS, { node: await nodeRelease(major), env });
  } catch (error) {
    return unavailable(error);
  }
}

const steps: readonly (readonly [string, () => Promise<StepResult>])[] = [
  ['types', () => command(bin('tsc'), ['-p', 'tsconfig.json'])],
  ['lint', () => command(bin('biome'), ['check', '--error-on-warnings'])],
  [`units on Node ${process.versions.node}`, () => vitest(UNITS)],
  ['package', () => check(checkPackage)],
  ...NODES.map((major) => [`units on Node ${major}`, () => unitsOn(major)] as const),
  [
    `integration with Kafka ${KAFKA_4}, Redis, PostgreSQL, ZooKeeper, Flume`,
    () => vitest(['--project', 'integration'], { env: { KAFKA_VERSION: KAFKA_4 } }),
  ],
  [
    `the Kafka tests again with Kafka ${KAFKA_3}`,
    () => vitest(['--project', 'integration', 'kafka'], { env: { KAFKA_VERSION: KAFKA_3 } }),
  ],
];

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1)); // what runs is ended on exit

const total = { passed: 0, failed: 0, skipped: 0 };
const table: string[] = [];
/** What was remarked, once, with the steps that did. */
const remarks = new Map<string, string[]>();
for (const [index, [title, step]] of steps.entries()) {
  console.log(`\n━━━ ${index + 1}/${steps.length} ${title}`);
  const begun = performance.now();
  const result = await step();
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped += result.skipped;
  for (const { kind, what } of result.remarks) {
    const line = `${kind.padEnd(8)} ${what}`;
    remarks.set(line, [...(remarks.get(line) ?? []), title]);
  }
  const { passed, failed, skipped } = result;
  table.push(`${title.padEnd(48)} ${passed} passed, ${failed} failed, ${skipped} skipped   ${seconds} s`);
}

const remarked = [...remarks].map(([line, where]) => `${line}   (${where.join('; ')})`).sort();
console.log(['\n━━━ together', ...table, '', ...remarked, ''].join('\n'));
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
