import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceContract } from '../../../src/testing/sourceContract.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { HandReceiver, received } from './handReceiver.ts';

const home = temporaryFolder();

sourceContract<string>(
  { describe, it, expect },
  {
    name: 'a receiver with a write-ahead log',
    make: () => {
      const receiver = new HandReceiver();
      const log = { folder: join(home, randomUUID()), segmentBytes: 4096 };
      let next = 0;
      return {
        source: received(receiver, { log }),
        reopen: () => received(receiver, { log }),
        feed: (count) => {
          const fed = Array.from({ length: count }, () => `record ${next++}`);
          for (let at = 0; at < fed.length; at += 3) receiver.give(...fed.slice(at, at + 3));
          return fed;
        },
      };
    },
  },
);
