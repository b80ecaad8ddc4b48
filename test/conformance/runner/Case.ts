import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One vector: what goes in and what Spark gives out. The format is described in the README beside the vectors. */
export interface Case {
  readonly id: string;
  readonly kind: string;
  readonly operation: string;
  readonly params: CaseParams;
  readonly batchDurationMs: number | null;
  readonly input: readonly unknown[];
  readonly expected: readonly unknown[] | null;
  readonly expectedTimesMs?: readonly number[];
  readonly expectedSnapshots?: readonly unknown[];
  readonly ordered: boolean;
}

/** Everything needed to build a case; which keys there are depends on its kind. */
export interface CaseParams {
  readonly [key: string]: unknown;
  readonly pipeline?: readonly Step[];
  readonly inputs?: readonly string[];
  readonly start?: string;
  readonly fn?: string;
}

/** One step of a pipeline: an operation and its arguments. */
export interface Step {
  readonly op: string;
  readonly [argument: string]: unknown;
}

/** An expected failure. */
export interface ExpectedError {
  /** The JVM's name for it. */
  readonly type?: string;
  readonly messageContains?: string | readonly string[];
  readonly ignoreCase?: boolean;
  readonly causeMessage?: string;
}

/** Says why a case is not run. Thrown while the case is being built, never while it runs. */
export class NotRun extends Error {
  override readonly name = 'NotRun';
}

/** All cases of a folder, in the order of its files. */
export function readCases(folder: string): readonly Case[] {
  return caseFiles(folder).flatMap((name) => readFileCases(join(folder, name)));
}

/** The names of the files that hold cases. */
export function caseFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
}

/** The cases of one file. */
export function readFileCases(path: string): readonly Case[] {
  const cases: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(cases)) throw new Error('something else');
  return cases as readonly Case[];
}

/** The error an expectation asks for, if it is one. */
export function expectedError(expected: unknown): ExpectedError | undefined {
  const isError = typeof expected === 'object' && expected !== null && 'error' in expected;
  return isError ? (expected.error as ExpectedError) : undefined;
}
