import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';
import { turn } from './openFiles.ts';

/** A program that says a number for everything it was answered, and perhaps a last word. */
export interface CountingProcess {
  readonly pid: number;
  /** The last number that it said. */
  readonly last: number | undefined;
  /** Waits until it has said so many; gives the last of them. */
  said(times: number): Promise<number>;
  /** Its last line, once it has ended. */
  end(signal?: NodeJS.Signals): Promise<string>;
}

const running = new Set<ChildProcess>();

/** Ends what the tests of this file forgot. */
export function endsItsProcesses(): void {
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
  });
}

/** Starts a program of Node. */
export function countingProcess(program: string, ...args: readonly string[]): CountingProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const closed = once(reader, 'close').then(() => running.delete(child));
  const numbers = (): readonly number[] => lines.filter((line) => /^\d+$/.test(line)).map(Number);
  return {
    pid: child.pid as number,
    get last() {
      return numbers().at(-1);
    },
    async said(times) {
      while (numbers().length < times)
        await Promise.race([once(reader, 'line'), closed.then(() => Promise.reject(new Error(lines.join())))]);
      return numbers().at(-1) as number;
    },
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      // Its output is closed before it is gone.
      await Promise.all([closed, ended]);
      return lines.at(-1) ?? '';
    },
  };
}

/** Waits until a process stands still, all of its threads: the last call of the file system may still be under way in one of them. */
export async function standsStill(pid: number): Promise<void> {
  const threads = `/proc/${pid}/task`;
  const isStill = (thread: string): boolean => / T /.test(readFileSync(`${threads}/${thread}/stat`, 'utf8'));
  while (existsSync('/proc/self/stat') && !readdirSync(threads).every(isStill)) await turn();
}
