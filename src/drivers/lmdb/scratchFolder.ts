import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processIsThere } from '../files/processIdentity.ts';

/** `rx-dstream-values-<process id>-<random>`. */
const NAME = /^rx-dstream-values-(\d+)-[^-]+$/;

/** A new and empty folder in this one, which is made if need be. What dead processes left there is removed. */
export function scratchFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && !processIsThere(Number(owner)))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(folder, `rx-dstream-values-${process.pid}-`));
}
