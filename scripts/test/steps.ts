import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What one step of `npm test` came to. */
export interface StepResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What a person must read at the end: failures, and skips with their reason. */
  readonly remarks: readonly Remark[];
}

export interface Remark {
  readonly kind: 'FAILED' | 'skipped';
  readonly what: string;
}

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** A command that passes or fails as a whole: one test. */
export async function command(program: string, args: readonly string[]): Promise<StepResult> {
  const status = await show(program, args);
  return status === 0 ? PASSED : failed(`${[program, ...args].join(' ').replaceAll(ROOT, '')}`);
}

/** A step that is a function of ours: one test. */
export async function check(body: () => Promise<string>): Promise<StepResult> {
  try {
    console.log(await body());
    return PASSED;
  } catch (error) {
    console.error(error);
    return failed(error instanceof Error ? `${error.message.split('\n')[0]}` : String(error));
  }
}

/** What cannot be had on this machine: skipped, and a failure where `CI` is set. */
export function unavailable(error: unknown): StepResult {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`*** ${reason}`);
  return process.env.CI
    ? failed(reason)
    : { passed: 0, failed: 0, skipped: 1, remarks: [{ kind: 'skipped', what: reason }] };
}

/** A run of Vitest, counted test by test. */
export async function vitest(
  args: readonly string[],
  options: { readonly node?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-test-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const words = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args, ...reporters];
    const status = await show(options.node ?? process.execPath, words, options.env);
    return counted(status, JSON.parse(readFileSync(report, 'utf8')) as VitestReport);
  } catch (error) {
    return failed(`vitest left no report: ${error}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PASSED: StepResult = { passed: 1, failed: 0, skipped: 0, remarks: [] };

function failed(what: string): StepResult {
  return { passed: 0, failed: 1, skipped: 0, remarks: [{ kind: 'FAILED', what }] };
}

interface VitestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function counted(status: number, report: VitestReport): StepResult {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const remarks: Remark[] = [];
  for (const file of report.testResults) {
    const name = file.name.replace(ROOT, '');
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') counts.failed++;
      else counts.skipped++;
      if (test.status !== 'passed') {
        remarks.push({ kind: test.status === 'failed' ? 'FAILED' : 'skipped', what: `${name}: ${test.fullName}` });
      }
    }
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
      counts.failed++;
      remarks.push({ kind: 'FAILED', what: `${name}: ${file.message?.split('\n')[0] ?? 'did not load'}` });
    }
  }
  if (status !== 0 && counts.failed === 0) {
    counts.failed++;
    remarks.push({ kind: 'FAILED', what: `vitest ended with status ${status}: an error outside the tests, see above` });
  }
  return { ...counts, remarks };
}

/** Runs a program with its output shown as it comes; resolves with its exit status. */
function show(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    const stop = (): void => void child.kill('SIGTERM');
    process.once('exit', stop);
    child.once('error', (error) => {
      console.error(String(error));
      resolve(127);
    });
    child.once('close', (code) => {
      process.off('exit', stop);
      resolve(code ?? 1);
    });
  });
}
