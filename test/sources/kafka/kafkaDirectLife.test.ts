import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { SOURCE } from '../../../src/index.ts';
import { kafkaDirect } from '../../../src/kafka.ts';
import { FakeKafkaDriver } from '../../support/fakeKafkaDriver.ts';
import { WatchedScheduler } from '../../support/WatchedScheduler.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it.each([
  ['a run that fails', true],
  ['a stop', false],
])(
  'kafkaDirect that is closed at any moment by %s leaves no timer, listener or request behind',
  async (_, isAborted) => {
    for (let moment = 0; moment < 40; moment++) {
      const kafka = new FakeKafkaDriver();
      for (const log of kafka.topic('lines', 2)) log.append('a', 'b');
      const scheduler = new WatchedScheduler();
      const end = new AbortController();
      const source = kafkaDirect({ kafka, topics: ['lines'], from: 'earliest', metadataIntervalMs: 5 })[SOURCE]();
      const opening = {
        position: undefined,
        scheduler,
        signal: end.signal,
        wake: () => undefined,
        report: () => undefined,
      };
      const life = (async () => {
        await promised(() => source.open(opening));
        for (let time = 0; ; time += 100) {
          const { cut } = await promised(() => source.cut(time, { intervalMs: 100, maxRecords: 1 }));
          await promised(() => source.read(cut));
          await turn();
        }
      })();
      const ended = life.catch(() => undefined);
      for (let n = 0; n < moment; n++) await turn();
      if (isAborted) end.abort(new Error('the run has failed'));
      await promised(() => source.close());
      await ended;
      expect({ moment, waiting: scheduler.waiting, listeners: getEventListeners(end.signal, 'abort').length }).toEqual({
        moment,
        waiting: 0,
        listeners: 0,
      });
      const asked = [kafka.fetches.length, kafka.metadataCalls];
      for (let n = 0; n < 3; n++) await turn();
      expect([kafka.fetches.length, kafka.metadataCalls]).toEqual(asked);
    }
  },
);
