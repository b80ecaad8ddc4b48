import { type FileCall, withFileCalls } from './fileCalls.ts';

/** How something ended that was interrupted at one of its calls of the file system. */
export interface Interrupted {
  /** All calls, the one before which it was interrupted included. */
  readonly calls: readonly FileCall[];
  /** `done`, or the code of its failure. */
  readonly outcome: string;
}

/** Does `deed`, and `meanwhile` right before its call number `at`. */
export async function stopped(
  at: number,
  meanwhile: () => Promise<void>,
  deed: () => Promise<unknown>,
): Promise<Interrupted> {
  const calls: FileCall[] = [];
  let isAway = false;
  const before = async (call: FileCall): Promise<void> => {
    if (isAway) return;
    calls.push(call);
    if (calls.length !== at + 1) return;
    isAway = true;
    await meanwhile();
    isAway = false;
  };
  return { outcome: await withFileCalls(before, () => outcomeOf(deed)), calls };
}

/** Does `deed` until right before its call number `at`; from then on nothing reaches the disk. */
export async function died(at: number, deed: () => Promise<unknown>): Promise<Interrupted> {
  const calls: FileCall[] = [];
  const before = (call: FileCall): void => {
    calls.push(call);
    if (calls.length > at) throw new Error('this process is dead');
  };
  return { outcome: await withFileCalls(before, () => outcomeOf(deed)), calls };
}

async function outcomeOf(deed: () => Promise<unknown>): Promise<string> {
  return deed().then(
    () => 'done',
    (error) => error.code ?? String(error),
  );
}
