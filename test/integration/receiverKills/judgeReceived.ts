import { asyncScheduler } from 'rxjs';
import { expect } from 'vitest';
import { writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import { together } from '../crashMatrix/judge.ts';
import type { Life } from '../crashMatrix/World.ts';
import { logFolder } from './programs/liveReceiver.ts';
import { END, type Outside } from './receiverKills.ts';

/** What came of a world that has passed. */
export interface ReceivedJudgement {
  readonly records: number;
  readonly twice: number;
  /** Batches that were written more than once. */
  readonly repeated: number;
}

/**
 * Holds what came out of all lives against what was given: whatever was acknowledged is there; every record that is in the log is in one
 * batch; a batch that ran again had not settled and held the same; nothing is there more often than it was given.
 */
export async function judgeReceived(
  lives: readonly Life[],
  home: string,
  { given, acknowledged }: Outside,
  inOrder: boolean,
): Promise<ReceivedJudgement> {
  const { outputs, repeated } = together(lives);
  const all = [...outputs.values()].sort((a, b) => a.time - b.time).flatMap(({ records }) => records);
  const received = all.map((text) => JSON.parse(text) as string);
  expect(received.length).toBe(await recordsInLog(home));
  const counts = new Map<string, number>();
  for (const record of received) if (record !== END) counts.set(record, (counts.get(record) ?? 0) + 1);
  expect([...acknowledged].filter((record) => !counts.has(record))).toEqual([]);
  expect([...counts].filter(([record, count]) => count > (given.get(record) ?? 0))).toEqual([]);
  if (inOrder) expect([...counts.keys()]).toEqual([...given.keys()].filter((record) => counts.has(record)));
  const records = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { records, twice: records - counts.size, repeated };
}

/** All that were ever stored. */
async function recordsInLog(home: string): Promise<number> {
  const log = writeAheadLog({ folder: logFolder(home) });
  const { next } = await log.open(asyncScheduler, () => {});
  await log.close();
  return next;
}
