import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';

/** A file system of its own in memory, of this size; `undefined` where mounting is not allowed. */
export function smallDisk(folder: string, kilobytes: number): { unmount(): void } | undefined {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmdirSync(folder); // not root, or not Linux
    return undefined;
  }
  return { unmount: () => execFileSync('umount', [folder]) };
}
