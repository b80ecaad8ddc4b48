import type { Head } from '../format/head.ts';
import type { LogStorage } from '../LogStorage.ts';

/** Removes what the published head does not name: merged away, or never named because a crash came first. For the owner. */
export async function removeOrphans(storage: LogStorage, { base, log }: Head): Promise<void> {
  const named = new Set([base, ...log].map((part) => part?.segment));
  const segments = await storage.segments();
  const orphans = segments.filter((segment) => !named.has(segment));
  if (orphans.length > 0) await storage.remove(orphans);
}
