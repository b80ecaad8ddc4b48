import { retry } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import { foreachBatch } from '../../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../../src/runtime/StreamingContext.ts';
import { type QueueOptions, queue } from '../../../src/sources/queue/queue.ts';
import { type CutAnswer, SOURCE, type Source, type SourceObservable } from '../../../src/sources/Source.ts';

const ALL = { maxRecords: Number.POSITIVE_INFINITY, intervalMs: 1000 };

function opened<T>(observable: SourceObservable<T>, position?: unknown): Source<T> & { codes: string[] } {
  const source = observable[SOURCE]();
  const codes: string[] = [];
  source.open({
    position,
    scheduler: new TestScheduler(() => {}),
    signal: new AbortController().signal,
    wake: () => {},
    report: ({ code }) => codes.push(code),
  });
  return Object.assign(source, { codes });
}

function cutAll<T>(source: Source<T>, cuts: number, maxRecords: number = Number.POSITIVE_INFINITY): (T[] | string)[] {
  return Array.from({ length: cuts }, () => {
    const { cut, last, empty } = source.cut(0, { ...ALL, maxRecords }) as CutAnswer;
    const records = [...(source.read(cut) as Iterable<T>)];
    expect(cut.records).toBe(records.length);
    expect(empty).toBe(records.length === 0);
    return last === true ? [...records, '|' as T] : records;
  });
}

function batchesOf<T>(batches: Iterable<Iterable<T>>, options: QueueOptions<T>, count: number): (T[] | string)[] {
  return cutAll(opened(queue(batches, options)), count);
}

describe('queue', () => {
  it('gives one element a batch and completes with the last one', () => {
    expect(batchesOf([[1, 2], [], [3]], {}, 3)).toEqual([[1, 2], [], [3, '|']]);
  });

  it('gives everything that is queued with oneAtATime: false', () => {
    expect(batchesOf([[1, 2], [3]], { oneAtATime: false }, 1)).toEqual([[1, 2, 3, '|']]);
  });

  it('completes with its first batch when there is nothing', () => {
    expect(batchesOf([], {}, 1)).toEqual([['|']]);
  });

  it.each([
    ['a Set', () => new Set([[1], [2]])],
    [
      'a generator',
      () =>
        (function* () {
          yield [1];
          yield new Set([2]);
        })(),
    ],
  ])('takes %s', (_name, batches) => {
    expect(batchesOf(batches() as Iterable<Iterable<number>>, {}, 2)).toEqual([[1], [2, '|']]);
  });

  it('takes an endless iterable, one element for each batch', () => {
    let made = 0;
    function* endless(): Generator<number[]> {
      for (;;) yield [made++];
    }
    expect(batchesOf(endless(), {}, 3)).toEqual([[0], [1], [2]]);
    expect(made).toBeLessThanOrEqual(4);
  });

  it('never splits an element at a record limit, and takes no further element that passes it', () => {
    const source = opened(queue([[1, 2, 3], [4], [5]], { oneAtATime: false }));
    expect(cutAll(source, 2, 2)).toEqual([
      [1, 2, 3],
      [4, 5, '|'],
    ]);
  });

  describe('completes: false', () => {
    it('goes on with empty batches, and takes what is pushed out of the array', () => {
      const live: number[][] = [[0], [0, 1]];
      const source = opened(queue(live, { completes: false }));
      expect(cutAll(source, 3)).toEqual([[0], [0, 1], []]);
      live.push([7]);
      expect(cutAll(source, 2)).toEqual([[7], []]);
      expect(live).toEqual([]);
    });

    it('takes no more out of the array than a batch needs', () => {
      const live = [[1], [2], [3]];
      cutAll(opened(queue(live, { completes: false })), 1);
      expect(live).toEqual([[2], [3]]);
    });

    it('fills empty batches with defaultBatch', () => {
      expect(batchesOf([[1]], { completes: false, defaultBatch: [9] }, 3)).toEqual([[1], [9], [9]]);
    });
  });

  it('is not changed by what happens to an element after it was taken', () => {
    const batch = [1, 2];
    const source = opened(queue([batch, [3]]));
    const { cut } = source.cut(0, ALL) as CutAnswer;
    batch.push(99);
    expect(source.read(cut)).toEqual([1, 2]);
  });

  it('raises what the iterable throws after the batches before it', () => {
    const error = new Error('no more');
    function* failing(): Generator<number[]> {
      yield [1];
      throw error;
    }
    const answer = opened(queue(failing())).cut(0, ALL) as CutAnswer;
    expect(answer).toMatchObject({ empty: false, last: true, error });
  });

  it('starts anew for each subscriber when its elements can be gone through again', () => {
    const source = queue([[1], [2]]);
    const seen: number[][] = [];
    for (let i = 0; i < 2; i++) {
      const records: number[] = [];
      source.subscribe((record) => records.push(record));
      seen.push(records);
    }
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('goes on where a generator is, with what had not settled', () => {
    const source = queue(
      (function* () {
        yield [1];
        yield [2];
        yield [3];
      })(),
    );
    const first = opened(source);
    const { cut } = first.cut(0, ALL) as CutAnswer;
    first.cut(0, ALL);
    first.settled(cut);
    expect(cutAll(opened(source), 2)).toEqual([[2], [3, '|']]);
  });

  it('says that it begins again when a checkpoint of another process wants it to go on', () => {
    const { cut } = opened(queue([[1], [2]])).cut(0, ALL) as CutAnswer;
    const other = opened(queue([[1], [2]]), cut.position);
    expect(other.codes).toEqual(['POSITION_RESET']);
    expect(cutAll(other, 1)).toEqual([[1]]);
    expect(() => other.read(cut)).toThrow(expect.objectContaining({ code: 'DATA_LOST' }));
  });

  it('goes on in another process when it is replayable', () => {
    const { cut } = opened(queue([[1], [2]], { replayable: true })).cut(0, ALL) as CutAnswer;
    const other = opened(queue([[1], [2]], { replayable: true }), JSON.parse(JSON.stringify(cut.position)));
    expect(other.codes).toEqual([]);
    expect(other.read(cut)).toEqual([1]);
    expect(cutAll(other, 1)).toEqual([[2, '|']]);
  });

  it('repeats exactly the batches that had not settled when the pipeline is retried', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ flush }) => {
      const seen: unknown[] = [];
      let failures = 1;
      const write = (batch: Batch<number>): void => {
        seen.push([batch.time % 1000, batch.records]);
        if (batch.records[0] === 2 && failures-- > 0) throw new Error('once');
      };
      queue([[1], [2], [3]])
        .pipe(batchInterval(new StreamingContext({ interval: 10 })), foreachBatch(write), retry(1))
        .subscribe();
      flush();
      expect(seen).toEqual([
        [10, [1]],
        [20, [2]],
        [20, [2]],
        [30, [3]],
      ]);
    });
  });

  it.each([undefined, null, 5, 'text'])('refuses %s in place of batches', (batches) => {
    expect(() => queue(batches as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
