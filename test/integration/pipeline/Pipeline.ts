import { fileURLToPath } from 'node:url';
import type { BatchProgress, ErrorCode, ReportProgress, RunProgress } from 'rx-dstream';
import { afterEach } from 'vitest';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';

const PATIENCE_MS = 90_000;

/** An error as it comes over from another process. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode | string;
  readonly cause?: ToldError;
}

type At<T> = T & { readonly at: number };

/** What a program tells of; each with its time on the program's clock. */
export type Told =
  | At<BatchProgress>
  | At<RunProgress>
  | At<Omit<ReportProgress, 'cause'> & { readonly cause?: ToldError }>
  | At<{ readonly type: 'error'; readonly error: ToldError }>
  | At<{ readonly type: 'complete' }>
  | At<{ readonly type: 'measure' } & Readonly<Record<string, number>>>;

type ToldOf<Type extends Told['type']> = Extract<Told, { readonly type: Type }>;

/** A pipeline in a process of its own, and what it has told so far. */
export class Pipeline {
  readonly program: Program;
  readonly told: Told[] = [];
  #half = '';

  /** Starts one of the programs of this folder. */
  constructor(name: string, settings: object, folder: string) {
    const path = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
    this.program = runTypeScript(path, [JSON.stringify(settings)], folder);
    this.program.process.stdout?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
  }

  get pid(): number {
    return this.program.process.pid as number;
  }

  of<Type extends Told['type']>(type: Type): readonly ToldOf<Type>[] {
    return this.told.filter((event): event is ToldOf<Type> => event.type === type);
  }

  /** The batches that were told to be settled. */
  settled(): readonly BatchProgress[] {
    return this.of('batch').filter(({ status }) => status === 'settled');
  }

  reports(code: ReportProgress['code']): readonly ToldOf<'report'>[] {
    return this.of('report').filter((report) => report.code === code);
  }

  /** Asks it to end as `kill` and process managers do; answers its exit code. */
  async terminated(): Promise<number | null> {
    this.program.process.kill('SIGTERM');
    return this.program.exited();
  }

  #hear(text: string): void {
    const lines = (this.#half + text).split('\n');
    this.#half = lines.pop() as string;
    for (const line of lines) if (line.startsWith('{"type"')) this.told.push(JSON.parse(line) as Told);
  }
}

/** Starts programs in `folder`; what is still running after a test is killed. */
export function pipelines(folder: string): (name: string, settings: object) => Pipeline {
  const running: Pipeline[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ program }) => program.killed()));
  });
  return (name, settings) => {
    const pipeline = new Pipeline(name, settings, folder);
    running.push(pipeline);
    return pipeline;
  };
}

/** Waits until something is so, however busy the machine is; gives up at once when the process `of` has ended without. */
export async function until(what: string, isSo: () => boolean, of?: Pipeline): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const hasEnded = of !== undefined && of.program.process.exitCode !== null;
    if (isSo()) return;
    if (hasEnded || performance.now() > end) {
      const said = of === undefined ? '' : `\nerrors: ${of.program.errors}\nlast: ${JSON.stringify(of.told.slice(-3))}`;
      throw new Error(`${what}: ${hasEnded ? 'the process has ended' : 'still not so'}${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
