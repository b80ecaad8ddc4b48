import { expect, it } from 'vitest';
import type { BlockLog } from '../../../src/receiver.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { values } from './kafkaTopics.ts';
import { texts } from './readingTexts.ts';
import { given, receivingTexts } from './receivingTexts.ts';

const SESSION_MS = 3000;

/** A log whose appends are answered when they are let go. */
function heldLog(): { readonly make: () => BlockLog; readonly held: (() => void)[]; isHeld: boolean } {
  const inner = memoryLog({ name: 'held', maxBytes: 1e7 });
  const held: (() => void)[] = [];
  const log = {
    held,
    isHeld: false,
    make: (): BlockLog => ({
      name: inner.name,
      durable: true,
      maxBytes: inner.maxBytes,
      get bytes() {
        return inner.bytes;
      },
      hasRoom: (bytes) => inner.hasRoom(bytes),
      open: (scheduler, report) => inner.open(scheduler, report),
      append: async (block) => {
        if (log.isHeld) await new Promise<void>((resolve) => held.push(resolve));
        return inner.append(block) as number;
      },
      take: (from, limit) => inner.take(from, limit),
      read: (from, until) => inner.read(from, until),
      trim: (until) => inner.trim(until),
      close: () => inner.close(),
    }),
  };
  return log;
}

skipUnless('kafka')('kafkaReceiver over a log that takes longer than a session', () => {
  it('stays in its group while it stores what it gives back, so that it comes to nobody else', async () => {
    const topic = freshName('slow-log');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });
    const log = heldLog();
    const options = { topics: [topic], groupId, sessionTimeoutMs: SESSION_MS };
    const slow = receivingTexts({ ...options, log: log.make });
    const first = [...values('a', 20, 0), ...values('b', 20, 1)];
    await produce(kafkaBrokers(), topic, first);
    await slow.processed(40);
    log.isHeld = true;
    const second = [...values('c', 20, 0), ...values('d', 20, 1)];
    await produce(kafkaBrokers(), topic, second);
    await expect.poll(() => log.held.length, { timeout: 10_000 }).toBe(1);
    const since = performance.now();
    const other = receivingTexts({ ...options, log: 'memory' });
    await expect
      .poll(() => performance.now() - since, { timeout: 20_000, interval: 100 })
      .toBeGreaterThan(SESSION_MS + 1500);
    log.isHeld = false;
    for (const pass of log.held) pass();
    await expect.poll(() => [given(slow).length, given(other).length], { timeout: 20_000 }).toEqual([1, 1]);
    await produce(kafkaBrokers(), topic, [...values('e', 1, 0), ...values('f', 1, 1)]);
    await expect.poll(() => slow.records.length + other.records.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(82);
    expect(texts(slow).slice(0, 80).sort()).toEqual([...first, ...second].map(({ value }) => value).sort());
    expect([...texts(slow).slice(80), ...texts(other)].sort()).toEqual(['e0', 'f0']);
    const givenOut = slow.reports
      .filter(({ code }) => code === 'PARTITIONS_CHANGED')
      .map(({ details }) => details?.memberId);
    expect(new Set(givenOut).size).toBe(1);
  });
});
