/** No operator and no part of the runtime reads the wall clock or sleeps: time comes from an injected scheduler. */
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './sourceFiles.ts';

const CLOCKS =
  /\b(?:Date\s*\.\s*now|new\s+Date\s*\(\s*\)|setTimeout|setInterval|setImmediate|performance\s*\.\s*now|process\s*\.\s*hrtime|queueMicrotask)\b/g;

/** The only places that may, and why. */
const allowed: Readonly<Record<string, { readonly names: readonly string[]; readonly because: string }>> = {
  'checkpoint/log/turn.ts': {
    names: ['setImmediate'],
    because:
      'long work over a storage that answers at once would keep the event loop; a timer would cost every slice a millisecond',
  },
  'runtime/turn.ts': {
    names: ['Date.now', 'setImmediate'],
    because:
      'between two batches the event loop gets one turn: the real one under the default scheduler, known by comparing its clock with the real one',
  },
  'sources/Waits.ts': {
    names: ['setImmediate'],
    because:
      'the next request goes out before what has come is processed; a timer would cost every record a millisecond',
  },
};

describe('the clock', () => {
  it('is read nowhere but in the listed places, and there only as listed', () => {
    const used = sourceFiles.map(({ path, code }) => [path, [...new Set(code.match(CLOCKS) ?? [])].sort()] as const);
    const found = Object.fromEntries(used.filter(([, names]) => names.length > 0));
    const listed = Object.fromEntries(Object.entries(allowed).map(([path, { names }]) => [path, [...names].sort()]));
    expect(found).toEqual(listed);
  });
});
