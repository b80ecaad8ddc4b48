import { describe, expect, it } from 'vitest';
import { sourceContract } from '../../../src/testing/sourceContract.ts';
import { HandReceiver, received } from './handReceiver.ts';

const framework = { describe, it, expect };

sourceContract<string>(framework, {
  name: 'a receiver, log in memory',
  make: () => {
    const receiver = new HandReceiver();
    let next = 0;
    return {
      source: received(receiver),
      feed: (count) => {
        const fed = Array.from({ length: count }, () => `record ${next++}`);
        for (let at = 0; at < fed.length; at += 3) receiver.give(...fed.slice(at, at + 3));
        return fed;
      },
    };
  },
});
