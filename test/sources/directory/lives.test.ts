import { renameSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { textFiles } from '../../../src/sources/directory/textFiles.ts';
import type { Cut } from '../../../src/sources/Source.ts';
import { below, pick, randomFrom, seeds } from '../support/random.ts';
import { Directory } from './session.ts';

const directory = new Directory();
beforeEach(() => directory.begin());

describe('every line of every file comes once', () => {
  it.each(seeds(30))('through late files, pauses, outages, backlogs and restarts: seed %i', async (seed) => {
    const random = randomFrom(seed);
    const source = textFiles(directory.path, {
      recursive: true,
      minRememberDuration: 10_000,
      maxLineBytes: 40,
      maxBytesPerBatch: pick(random, [64, 500, 100_000]),
      maxFilesPerBatch: pick(random, [1, 3, 1000]),
    });
    const options = { maxRecords: pick(random, [2, 50, Number.POSITIVE_INFINITY]), intervalMs: 1000 };
    const written: string[] = [];
    const got: string[] = [];
    let unsettled: { cut: Cut; records: string[] }[] = [];
    let session = await directory.open(source, options);
    let now = 0;
    let away = false;

    const write = (): void => {
      const name = `${pick(random, ['', 'sub/', 'sub/deep/'])}file-${written.length}${pick(random, ['', '.gz'])}`;
      const lines = Array.from({ length: 1 + below(random, 8) }, (_, n) => `${name} line ${n}`);
      written.push(...lines);
      const content = lines.join('\n');
      // As late as a rename may be: its batch still looks back that far.
      directory.put(name, now - below(random, 9_000) + 1, name.endsWith('.gz') ? gzipSync(content) : content);
    };
    const cut = async (): Promise<boolean> => {
      now += 1000;
      const answer = await session.cut(now);
      expect(answer.error).toBeUndefined();
      const records = await session.read(answer.cut).catch(async (error) => {
        // As the runtime does with a read that may succeed later.
        expect([away, error.code, error.retriable]).toEqual([true, 'SOURCE_UNAVAILABLE', true]);
        move();
        return session.read(answer.cut);
      });
      unsettled.push({ cut: answer.cut, records });
      got.push(...records);
      return answer.more === true;
    };
    const move = (): void => {
      const moved = `${directory.path}.moved`;
      renameSync(...((away ? [moved, directory.path] : [directory.path, moved]) as [string, string]));
      away = !away;
    };

    await cut();
    now += 10_000;
    for (let step = 0; step < 40; step++) {
      const dice = random();
      if (dice < 0.4 && !away) for (let n = below(random, 4); n >= 0; n--) write();
      else if (dice < 0.8) await cut();
      else if (dice < 0.87) now += 1000 * below(random, 100);
      else if (dice < 0.93) move();
      else {
        // The next life reads what had not settled again, the same, and goes on after the last cut.
        await session.close();
        session = await directory.open(source, { ...options, start: now, position: unsettled.at(-1)?.cut.position });
        if (!away) for (const { cut: again, records } of unsettled) expect(await session.read(again)).toEqual(records);
        unsettled = unsettled.slice(-1 - below(random, 3));
      }
    }
    if (away) move();
    await cut();
    for (let more = true; more; ) more = await cut();
    expect([...got].sort()).toEqual([...written].sort());
    expect(got.length).toBe(written.length);
  });
});
