import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listsAlike } from './alike.ts';
import { type Case, expectedError } from './Case.ts';
import type { Expected, Mismatch } from './dstreamCase.ts';

/** Does something with a folder that is gone afterwards. */
export async function inFolder<R>(work: (folder: string) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether `saveAsTextFiles` left the expected lines of each batch, if the case's pipeline ends with it. */
export function savedAlike({ params, ordered }: Case, expected: readonly Expected[], folder: string): Mismatch {
  const last = params.pipeline?.at(-1);
  if (last?.op !== 'saveAsTextFiles') return undefined;
  const { prefix, suffix = '' } = last;
  for (const { time, value } of expected) {
    if (expectedError(value) !== undefined) continue;
    const name = `${String(prefix).replace('<tmp>', folder)}-${time}${suffix === '' ? '' : `.${suffix}`}`;
    const lines = (value as readonly unknown[]).map(lineOf);
    const saved = existsSync(name)
      ? readFileSync(join(name, 'part-00000'), 'utf8').split('\n').slice(0, -1)
      : undefined;
    if (saved !== undefined && listsAlike(saved, lines, { ordered })) continue;
    return { expected: { [name]: lines }, got: { [name]: saved ?? 'nothing' } };
  }
  return undefined;
}

function lineOf(record: unknown): string {
  return Array.isArray(record) ? `(${record.map(lineOf).join(',')})` : String(record);
}
