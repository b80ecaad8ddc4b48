import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealJson, unsealJson } from '../../src/drivers/files/sealedJson.ts';

/** The file of a checkpoint folder's current owner. */
export function ownerFile(folder: string): string {
  const epochs = readdirSync(folder).flatMap((file) => /^owner-(\d+)$/.exec(file)?.[1] ?? []);
  return join(folder, `owner-${Math.max(...epochs.map(Number))}`);
}

/** Changes what a checkpoint folder says of its owner, who does not notice. */
export function pretendOwner(folder: string, changed: Readonly<Record<string, unknown>>): void {
  const path = ownerFile(folder);
  const unsealed = unsealJson(readFileSync(path, 'utf8'));
  if (unsealed.found !== 'value') throw new Error(unsealed.what);
  const { checksum: _, ...owner } = unsealed.value as Record<string, unknown>;
  writeFileSync(path, sealJson({ ...owner, ...changed }));
}

/** From now on the owner of a checkpoint folder is taken for dead: it ran before this machine was started last, on any system. */
export function pretendDead(folder: string): void {
  pretendOwner(folder, { token: 'of another process', boot: 'an earlier one', pid: 2 ** 22 + 1 });
}
