import { appendFileSync } from 'node:fs';
import { afterEach } from 'vitest';

/** A log that another process would write: numbered lines, a few every few milliseconds. */
export interface GrowingLog {
  readonly path: string;
  /** How many lines have been written. */
  readonly written: number;
  /** Writes so many more at once. */
  append(lines: number): void;
  stop(): void;
}

const growing: GrowingLog[] = [];

/** Begins to write `line <number> ...` to the file; ends with the test at the latest. */
export function growingLog(path: string, lineOf: (line: number) => string = numbered): GrowingLog {
  let written = 0;
  const append = (lines: number): void => {
    const from = written;
    written += lines;
    appendFileSync(path, Array.from({ length: lines }, (_, i) => `${lineOf(from + i)}\n`).join(''));
  };
  append(3);
  const timer = setInterval(() => append(3), 5);
  const log: GrowingLog = {
    path,
    get written() {
      return written;
    },
    append,
    stop: () => clearInterval(timer),
  };
  growing.push(log);
  return log;
}

function numbered(line: number): string {
  return `line ${line} ${'x'.repeat(line % 50)}`;
}

/** Call once in each test file that lets logs grow. */
export function stopGrowingLogs(): void {
  afterEach(() => {
    for (const log of growing.splice(0)) log.stop();
  });
}
