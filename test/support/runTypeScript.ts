import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a TypeScript program of the project in a process of its own, anywhere. */
export function runTypeScript(program: string, args: readonly string[], cwd: string): Program {
  const loader = import.meta.resolve('tsx');
  const options = ['--import', loader, '--conditions=rx-dstream:source', program, ...args];
  return new Program(spawn(process.execPath, options, { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** A running program and what it has said. */
export class Program {
  readonly process: ChildProcess;
  readonly #exited: Promise<unknown>;
  output = '';
  errors = '';

  constructor(child: ChildProcess) {
    this.process = child;
    this.#exited = once(child, 'close');
    child.stdout?.on('data', (chunk) => {
      this.output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      this.errors += chunk;
    });
  }

  /** Its exit code; `null` if it was killed. */
  async exited(): Promise<number | null> {
    await this.#exited;
    return this.process.exitCode;
  }

  async killed(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#exited;
  }
}
