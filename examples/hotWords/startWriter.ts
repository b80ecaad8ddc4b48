import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Starts the writer of the log; it ends with this process, and does not keep it alive. */
export function startWriter(log: string): void {
  mkdirSync(dirname(log), { recursive: true });
  appendFileSync(log, ''); // the log is there before its first line
  const program = fileURLToPath(new URL('writer.ts', import.meta.url));
  const writer = spawn(process.execPath, [...process.execArgv, program, log], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  writer.unref();
  (writer.stdin as unknown as { unref(): void }).unref();
}
