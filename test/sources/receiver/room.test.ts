import { expect, it } from 'vitest';
import { promisesSettle } from '../../support/stage.ts';
import { logWith, Session } from './session.ts';

it('whoever has to wait until the end looks for room by himself, also when others stopped waiting before', async () => {
  let hasRoom = false;
  const log = logWith(() => ({ durable: true, hasRoom: () => hasRoom, bytes: 1 }));
  const { receiver, scheduler, source } = Session.open({ log });
  const told: string[] = [];
  void receiver.host.room(10).then(() => told.push('until stop'));
  let stopped = (): void => undefined;
  receiver.stopping = new Promise((resolve) => {
    stopped = resolve;
  });
  void source.drain?.();
  await promisesSettle();
  expect(told).toEqual(['until stop']);
  void receiver.host.room(10, 'until the end').then(() => told.push('until the end'));
  hasRoom = true;
  scheduler.maxFrames = 1000;
  scheduler.flush();
  await promisesSettle();
  expect(told).toEqual(['until stop', 'until the end']);
  stopped();
});
