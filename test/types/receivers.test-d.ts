/** What the types of receivers say. Checked by `npm run types`. */
import { expectTypeOf } from 'vitest';
import type { SourceObservable } from '../../src/index.ts';
import { receiver } from '../../src/receiver.ts';
import { socketText } from '../../src/socket.ts';

export function recordsAreOfTheNamedType(): void {
  const words = receiver<string>({
    name: 'words',
    log: './log',
    receive({ store, add }) {
      expectTypeOf(store).toEqualTypeOf<(records: readonly string[], note?: unknown) => Promise<void>>();
      expectTypeOf(add).toEqualTypeOf<(record: string) => Promise<void>>();
      // @ts-expect-error a number is no word
      void add(1);
      return () => {};
    },
  });
  expectTypeOf(words).toEqualTypeOf<SourceObservable<string>>();
}

export function receivingEndsInOneOfTwoWays(): void {
  const log = 'memory';
  receiver<string>({ name: 'left', log, receive: () => () => {} });
  receiver<string>({ name: 'left later', log, receive: async () => async () => {} });
  receiver<string>({ name: 'ends', log, receive: async ({ store }) => store(['a']) });
  // @ts-expect-error how is it stopped?
  receiver<string>({ name: 'nothing', log, receive: () => {} });
  // @ts-expect-error a number does not stop anything
  receiver<string>({ name: 'number', log, receive: () => 5 });
}

export function whereToKeepRecordsIsSaid(): void {
  const receive = () => () => {};
  // @ts-expect-error whether a crash loses what was acknowledged is for the user to say
  receiver<string>({ name: 'nowhere', receive });
  // @ts-expect-error and a name is what its checkpoint knows it by
  receiver<string>({ log: 'memory', receive });
  receiver<string>({ name: 'folder', log: { folder: './log', maxBytes: 1 << 30 }, receive });
  receiver<string>({ name: 'memory', log: { memory: true, maxBytes: 1 << 20 }, receive });
}

export function aSocketNeedsNoLog(): void {
  expectTypeOf(socketText({ port: 9999 })).toEqualTypeOf<SourceObservable<string>>();
  expectTypeOf(socketText({ port: 9999, log: './log', maxBatchBytes: 1 << 20 })).toEqualTypeOf<
    SourceObservable<string>
  >();
}
