import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { SOURCE } from '../../../src/sources/Source.ts';
import { SourceSession } from '../../../src/testing/SourceSession.ts';
import { sourceContract } from '../../../src/testing/sourceContract.ts';
import { PATIENT } from '../../support/patient.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { block, HandReceiver, received } from './handReceiver.ts';

const home = temporaryFolder();

sourceContract<string>(
  { describe, it, expect },
  {
    name: 'a receiver with a write-ahead log',
    patienceMs: PATIENT.timeout,
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

describe('a receiver with a write-ahead log', () => {
  it('is refused while another has the folder, and has it when that is closed', async () => {
    const log = join(home, randomUUID());
    const first = await SourceSession.open(received(new HandReceiver(), { log })[SOURCE]());
    const second = received(new HandReceiver(), { log })[SOURCE]();
    await expect(SourceSession.open(second)).rejects.toThrow(expect.objectContaining({ code: 'LOG_OWNED' }));
    await promised(() => second.close());
    await first.close();
    const third = await SourceSession.open(second);
    await third.close();
  });

  it('subscribed again right after it was left, waits until its log is closed', async () => {
    const receiver = new HandReceiver();
    const source = received(receiver, { log: join(home, randomUUID()) });
    receiver.give('a', 'b');
    const first = await firstValueFrom(source);
    // What was not settled when it was left comes again.
    const both = await firstValueFrom(source.pipe(take(2), toArray()));
    expect([first, both]).toEqual(['a', ['a', 'b']]);
  });

  it('keeps its last note for the next process', async () => {
    const log = join(home, randomUUID());
    const receiver = new HandReceiver();
    const session = await SourceSession.open(received(receiver, { log })[SOURCE]());
    await receiver.host.store(block(['a'], { cursor: 7 }));
    await receiver.host.store(block(['b']));
    await session.settle((await session.cut()).cut);
    await session.close();
    const next = new HandReceiver();
    const again = await SourceSession.open(received(next, { log })[SOURCE]());
    expect(next.host.note).toEqual({ cursor: 7 });
    await again.close();
  });

  it('that cannot be opened says why, and nothing is received', async () => {
    const receiver = new HandReceiver();
    const file = join(home, randomUUID());
    writeFileSync(file, 'a file is no folder');
    const source = received(receiver, { log: file })[SOURCE]();
    await expect(SourceSession.open(source)).rejects.toThrow(expect.objectContaining({ code: 'LOG_FAILED' }));
    await promised(() => source.close());
    expect(receiver.calls).toEqual([]);
  });
});
