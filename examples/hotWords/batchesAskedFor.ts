import { parseArgs } from 'node:util';

const USAGE = `npm run demo                    until Ctrl+C
npm run demo -- --batches N     ends after N batches of a second; N is a whole number from 1`;

/** N of `--batches N`, `Infinity` without it. Anything else ends the process with how it is called. */
export function batchesAskedFor(): number {
  try {
    const options = { batches: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    const { batches, help = false } = parseArgs({ options }).values;
    if (help) return leave(0);
    if (batches === undefined) return Number.POSITIVE_INFINITY;
    return /^[1-9]\d*$/.test(batches) ? Number(batches) : leave(1, `--batches ${batches}: N is a whole number from 1.`);
  } catch (error) {
    return leave(1, (error as Error).message); // a flag that does not exist, or one without its value
  }
}

function leave(status: number, wrong?: string): never {
  if (wrong === undefined) console.log(USAGE);
  else console.error(`${wrong}\n\n${USAGE}`);
  process.exit(status);
}
