/** A custom receiver and a socket, each with a write-ahead log, killed with -9 at every step. */
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { AcknowledgedServer, PlainServer } from './LineServer.ts';
import { KILLS, receiverKills, SEED } from './receiverKills.ts';

const folder = temporaryFolder();

it(`a custom receiver, killed ${KILLS} times or more, loses nothing that it acknowledged (SEED=${SEED})`, {
  timeout: 300_000 + KILLS * 2000,
}, async ({ signal }) => {
  const { kills, records, twice } = await receiverKills({
    program: 'onCustom',
    steps: { 'after receive': 60, 'before acknowledge': 60, 'after acknowledge': 60 },
    folder,
    signal,
    begin: () => AcknowledgedServer.start(),
  });
  console.log(`${kills}; ${records} records, ${twice} of them twice; SEED=${SEED}`);
  expect(kills.count).toBeGreaterThanOrEqual(KILLS);
  // Few kills may all fall where nothing comes again.
  if (kills.count >= 60) expect(kills.repeated).toBeGreaterThan(0);
  // What was safe and not acknowledged when the process died is given again.
  if (kills.count >= 60) expect(twice).toBeGreaterThan(0);
});

it(`a socket with a log, killed ${KILLS} times or more, has every line in one batch that was logged (SEED=${SEED})`, {
  timeout: 300_000 + KILLS * 2000,
}, async ({ signal }) => {
  const { kills, records, twice } = await receiverKills({
    program: 'onSocket',
    steps: {},
    folder,
    signal,
    inOrder: true,
    begin: () => PlainServer.start(),
  });
  console.log(`${kills}; ${records} records; SEED=${SEED}`);
  expect(kills.count).toBeGreaterThanOrEqual(KILLS);
  // Few kills may all fall where nothing comes again.
  if (kills.count >= 60) expect(kills.repeated).toBeGreaterThan(0);
  expect(twice).toBe(0);
});
