/** A log whose files were cut, changed or lost: what is found is what was answered up to some record, or it is refused. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeHead, seedOf } from '../../../src/drivers/log/frames.ts';
import { readBlocks } from '../../../src/drivers/log/readBlocks.ts';
import { type FoundLog, readLog } from '../../../src/drivers/log/readLog.ts';
import { writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import type { LoggedBlock, LogReport } from '../../../src/sources/receiver/BlockLog.ts';
import { withoutWaitingForTheDisk } from '../../support/fileCalls.ts';
import { appended, expectNumbered, numberedBlock, opened, readAll } from '../../support/numberedBlocks.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

type Files = ReadonlyMap<string, Buffer>;

withoutWaitingForTheDisk();
const root = temporaryFolder();
/** Damage is done to every so-maniest byte. */
const STRIDE = Number(process.env.DAMAGE_STRIDE ?? 1);
const NEXT = 11;
const TRIMMED = 3;
const places = new Map<Files, string>();
let count = 0;
/** As a process left it that was killed: two segments that no head names, the last with a group of three blocks. */
let killed: Files;
/** As it was left by `close`. */
let closed: Files;
/** Left by `close` and opened again, which was killed. */
let inherited: Files;

beforeAll(async () => {
  const folder = join(root, 'made');
  const log = writeAheadLog({ folder, segmentBytes: 500 });
  await opened(log);
  for (let first = 0; first < 4; first += 2) await appended(log, first, 2, 30);
  await log.trim(TRIMMED);
  for (let first = 4; first < 8; first++) await appended(log, first, 1, 30);
  await Promise.all([8, 9, 10].map((first) => appended(log, first, 1, 70)));
  killed = filesIn(folder);
  await log.close();
  closed = filesIn(folder);
  await opened(log);
  inherited = filesIn(folder);
  await log.close();
});

describe('a log that was not closed', () => {
  it('holds what was answered, or a part of it from its beginning on, wherever a file is cut', async () => {
    const outcomes = await each(killed, cut);
    expect(outcomes.get('refused')).toBeGreaterThan(100 / STRIDE);
    expect(outcomes.get('torn')).toBeGreaterThan(100 / STRIDE);
    // The last segment cut in front of any of its groups, the whole file included.
    expect(outcomes.get('shorter')).toBeGreaterThanOrEqual(STRIDE === 1 ? 2 : 1);
  });

  it('or a byte is flipped', async () => {
    const outcomes = await each(killed, flip);
    expect([outcomes.get('refused'), outcomes.get('torn')].every((times = 0) => times > 100 / STRIDE)).toBe(true);
    expect(outcomes.get('whole') ?? 0).toBe(0);
  });

  it('or everything from some byte on is zero', async () => {
    const outcomes = await each(killed, zeros);
    expect([outcomes.get('refused'), outcomes.get('torn')].every((times = 0) => times > 100 / STRIDE)).toBe(true);
  });

  it('or a file is missing or empty', async () => {
    for (const file of killed.keys()) {
      if (file.startsWith('owner-')) continue;
      await tried(killed, file, undefined);
      await tried(killed, file, Buffer.alloc(0));
    }
  });

  it('or anything is behind its end: that is dropped and reported', async () => {
    const last = lastSegment(killed);
    for (const tail of [
      'This line appended to file!',
      '\0'.repeat(5000),
      'RXDW',
      killed.get(last)?.toString('latin1'),
    ]) {
      const content = Buffer.concat([killed.get(last) as Buffer, Buffer.from(tail as string, 'latin1')]);
      // A copy of whole frames is no torn write.
      expect(await tried(killed, last, content)).toBe(tail?.includes('RXDW\u0001') ? 'refused' : 'torn');
    }
  });

  it('drops a group of which a later part alone has reached the disk', async () => {
    const last = lastSegment(killed);
    const bytes = Buffer.from(killed.get(last) as Buffer);
    const group = bytes.indexOf('8+1|');
    bytes.fill(0, group, group + 20);
    const folder = written(killed, last, bytes);
    const log = writeAheadLog({ folder, takeOver: true });
    const reports: LogReport[] = [];
    const contents = await opened(log, reports);
    await log.close();
    expect(contents).toMatchObject({ first: TRIMMED, next: 8, note: { upTo: 8 } });
    expect(reports).toEqual([
      {
        code: 'LOG_TORN',
        count: 3 * (40 + 70) + '{"upTo":9}{"upTo":10}{"upTo":11}'.length,
        message: expect.stringMatching(/cut off in the middle \(a checksum does not fit.*were never answered for/),
      },
    ]);
  });

  it('whose last group is whole but of a later version of the format is refused: no crash writes that', async () => {
    const last = lastSegment(killed);
    for (const [at, what] of [
      [4, 'version 2'],
      [5, 'kind 66'],
    ] as const) {
      const bytes = Buffer.from(killed.get(last) as Buffer);
      const seed = seedOf((await readLog(placeOf(killed))).id, last);
      let head = bytes.length;
      while (decodeHead(bytes, head, seed) === undefined) head--;
      bytes[head + at] = at === 4 ? 2 : 66;
      bytes.writeUInt32LE(crc32(bytes.subarray(head, head + 36), seed), head + 36);
      const folder = written(killed, last, bytes);
      await expect(readLog(folder)).rejects.toMatchObject({
        code: 'LOG_CORRUPT',
        message: expect.stringContaining(what),
      });
    }
  });

  it('says what was torn once, and goes on behind what was whole', async () => {
    const last = lastSegment(killed);
    const folder = written(killed, last, (killed.get(last) as Buffer).subarray(0, -1));
    const log = writeAheadLog({ folder, takeOver: true });
    const reports: LogReport[] = [];
    expect(await opened(log, reports)).toMatchObject({ next: 8 });
    expect(reports.map(({ code }) => code)).toEqual(['LOG_TORN']);
    await appended(log, 8, 5, 100);
    await log.close();
    const contents = await opened(log, reports);
    expectNumbered(await readAll(log, contents), TRIMMED, 13);
    expect(reports).toHaveLength(1);
    await log.close();
    rmSync(folder, { recursive: true });
  });
});

describe.each([
  ['was closed', () => closed, 1],
  // Its segments are the same, and read in the same way.
  ['was closed and opened again', () => inherited, 5],
])('a log that %s', (_, files, every) => {
  it('is refused when a byte of one of its files is flipped', async () => {
    const outcomes = await each(files(), flip, every);
    // What is trimmed may be broken.
    expect([...outcomes.keys()].filter((outcome) => !['refused', 'whole'].includes(outcome))).toEqual([]);
    expect(outcomes.get('refused')).toBeGreaterThan(300 / STRIDE / every);
  });

  it('is refused when one of its files is cut', async () => {
    const outcomes = await each(files(), cut, every);
    // A head without its last line break is whole.
    expect((outcomes.get('refused') ?? 0) > 300 / STRIDE / every && (outcomes.get('whole') ?? 0) <= 1).toBe(true);
    expect([...outcomes.keys()].filter((outcome) => !['refused', 'whole'].includes(outcome))).toEqual([]);
  });

  it('is refused when a file that it needs is missing; nothing is changed', async () => {
    for (const file of files().keys()) {
      if (file.startsWith('owner-')) continue;
      // The head before the last one says the same, as long as nothing was written since.
      const hasOther =
        file.startsWith('head-') && [...files().keys()].filter((name) => name.startsWith('head-')).length > 1;
      expect(await tried(files(), file, undefined)).toBe(hasOther ? 'whole' : 'refused');
    }
  });

  it('does not look at what is behind its end', async () => {
    const last = lastSegment(files());
    const content = Buffer.concat([files().get(last) as Buffer, Buffer.from('more')]);
    expect(await tried(files(), last, content)).toBe('whole');
  });
});

describe('a log that is refused', () => {
  it('says which file, what is wrong and what to do, and is as it was', async () => {
    const last = lastSegment(closed);
    const folder = written(closed, last, (closed.get(last) as Buffer).subarray(0, 100));
    await expect(opened(writeAheadLog({ folder, takeOver: true }))).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      retriable: false,
      message: expect.stringMatching(
        /expected blocks-2@1\.wal in the folder .*, but .* cut off .*Put the file back from a copy/,
      ),
      details: { folder, file: last },
    });
    expect(withoutOwners(filesIn(folder))).toEqual(
      withoutOwners(new Map([...closed, [last, (closed.get(last) as Buffer).subarray(0, 100)]])),
    );
    writeFileSync(join(folder, last), closed.get(last) as Buffer);
    const log = writeAheadLog({ folder });
    expectNumbered(await readAll(log, await opened(log)), TRIMMED, NEXT);
    await log.close();
  });

  it('because a block was changed after it was opened is refused when that is read', async () => {
    const folder = written(closed, lastHead(closed), closed.get(lastHead(closed)));
    const log = writeAheadLog({ folder });
    await opened(log);
    const last = lastSegment(closed);
    const bytes = Buffer.from(closed.get(last) as Buffer);
    bytes.write('x', bytes.length - 5);
    writeFileSync(join(folder, last), bytes);
    expectNumbered(await log.read(TRIMMED, 10), TRIMMED, 10);
    await expect(log.read(9, 11)).rejects.toMatchObject({ code: 'LOG_CORRUPT', details: { file: last } });
    await log.close();
  });

  it('because records are asked for that it does not hold, says which it holds', async () => {
    const log = writeAheadLog({ folder: written(closed, lastHead(closed), closed.get(lastHead(closed))) });
    await opened(log);
    for (const [from, until] of [
      [0, 5],
      [5, 12],
      [6, 5],
    ] as const) {
      await expect(log.read(from, until)).rejects.toMatchObject({
        code: 'DATA_LOST',
        message: expect.stringMatching(/holds those from 3 to 11/),
      });
    }
    await log.close();
  });
});

describe('a group that is written half', () => {
  it('does not count, not even its blocks that are whole', async () => {
    const folder = join(root, `${count++}`);
    const log = writeAheadLog({ folder });
    await opened(log);
    await appended(log, 0);
    const whole = filesIn(folder).get('blocks-1@1.wal') as Buffer;
    await Promise.all([1, 2, 3].map((first) => log.append(numberedBlock(first, 1, 50))));
    const all = filesIn(folder).get('blocks-1@1.wal') as Buffer;
    for (const length of [whole.length + 1, whole.length + 150, all.length - 1]) {
      const copy = written(filesIn(folder), 'blocks-1@1.wal', all.subarray(0, length));
      const other = writeAheadLog({ folder: copy, takeOver: true });
      expect(await opened(other)).toMatchObject({ first: 0, next: 1, note: { upTo: 1 } });
      await other.close();
    }
    await log.close();
  });
});

type Damage = (bytes: Buffer, at: number) => Buffer;

const cut: Damage = (bytes, at) => bytes.subarray(0, at);

const flip: Damage = (bytes, at) => {
  const flipped = Buffer.from(bytes);
  flipped[at] = (bytes[at] as number) ^ (1 << (at % 8));
  return flipped;
};

const zeros: Damage = (bytes, at) => Buffer.concat([bytes.subarray(0, at), Buffer.alloc(bytes.length - at)]);

/** Does a damage at every place of every file that counts, owners aside, one after the other, and counts how it ended. */
async function each(files: Files, damage: Damage, every = 1): Promise<ReadonlyMap<string, number>> {
  const outcomes = new Map<string, number>();
  for (const [file, bytes] of files) {
    if (file.startsWith('owner-') || (file.startsWith('head-') && file !== lastHead(files))) continue;
    // Heads are sealed as a whole, so that fewer places do.
    const step = every * STRIDE * (file.startsWith('head-') ? 6 : 1);
    for (let at = 0; at < bytes.length; at += step) {
      const damaged = damage(bytes, at);
      if (damaged.equals(bytes)) continue;
      const outcome = await tried(files, file, damaged);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  return outcomes;
}

/** How it ends with another content of one file, or without that file: never with a wrong record, a gap, or a wrong note. */
async function tried(files: Files, file: string, content: Buffer | undefined): Promise<string> {
  const result = await found(files, file, content).catch((error) => error);
  if (result instanceof Error) {
    if ((result as { code?: string }).code === 'LOG_CORRUPT') return 'refused';
    throw result;
  }
  const { torn, index } = result as FoundLog;
  if (torn !== undefined) return 'torn';
  return index.next === NEXT ? 'whole' : 'shorter';
}

/** What reading finds, which changes nothing. */
async function found(files: Files, file: string, content: Buffer | undefined): Promise<FoundLog> {
  const folder = placeOf(files);
  const path = join(folder, file);
  if (content === undefined) rmSync(path);
  else writeFileSync(path, content);
  try {
    const log = await readLog(folder);
    const { trimmed, next } = log.index;
    expect(trimmed).toBeLessThanOrEqual(TRIMMED);
    expect(next).toBeLessThanOrEqual(NEXT);
    expect(log.note).toEqual(next === 0 ? undefined : JSON.stringify({ upTo: next }));
    const blocks: LoggedBlock[] = [];
    for (const range of log.index.blocks(trimmed, next)) blocks.push(...(await readBlocks(folder, log.id, range)));
    expectNumbered(blocks, trimmed, next);
    return log;
  } finally {
    writeFileSync(path, files.get(file) as Buffer);
  }
}

/** One folder for each, which is as it was after each trial. */
function placeOf(files: Files): string {
  const place = places.get(files) ?? written(files, '', undefined);
  places.set(files, place);
  return place;
}

function written(files: Files, changed: string, content: Buffer | undefined): string {
  const folder = join(root, `${count++}`);
  mkdirSync(folder);
  for (const [file, bytes] of files) {
    const now = file === changed ? content : bytes;
    if (now !== undefined) writeFileSync(join(folder, file), now);
  }
  return folder;
}

function filesIn(folder: string): Files {
  return new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
}

function withoutOwners(files: Files): unknown {
  return [...files].filter(([file]) => !file.startsWith('owner-')).sort();
}

function lastSegment(files: Files): string {
  return [...files.keys()]
    .filter((file) => file.endsWith('.wal'))
    .sort()
    .at(-1) as string;
}

function lastHead(files: Files): string {
  return [...files.keys()]
    .filter((file) => file.startsWith('head-'))
    .sort()
    .at(-1) as string;
}
