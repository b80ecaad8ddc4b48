import { concat, NEVER, Observable, of, retry, Subject, take, throwError, timer, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { StreamError } from '../../src/core/errors.ts';
import { isSourceObservable, SOURCE, type Source, type SourceOpening } from '../../src/sources/Source.ts';
import { sourceObservable } from '../../src/sources/sourceObservable.ts';

/** A source of 0, 1, 2 ... one a cut, that counts what is asked of it. */
function counting(length: number, more: Partial<Source<number>> = {}): Source<number> & { calls: string[] } {
  let next = 0;
  const calls: string[] = [];
  return {
    calls,
    name: 'counting',
    replayable: false,
    wakes: false,
    open: () => void calls.push('open'),
    cut: () => {
      calls.push('cut');
      const at = next++;
      return { cut: { data: at }, empty: at >= length, last: at >= length - 1 };
    },
    read: ({ data }) => [data as number],
    settled: () => void calls.push('settled'),
    close: () => void calls.push('close'),
    ...more,
  };
}

function heard<T>(source: Observable<T>): { values: T[]; error?: unknown; completed: boolean } {
  const result: { values: T[]; error?: unknown; completed: boolean } = { values: [], completed: false };
  source.subscribe({
    next: (value) => result.values.push(value),
    error: (error) => {
      result.error = error;
    },
    complete: () => {
      result.completed = true;
    },
  });
  return result;
}

describe('sourceObservable', () => {
  it('is an Observable that batchInterval knows as a source', () => {
    const source = counting(1);
    const observable = sourceObservable(() => source);
    expect(isSourceObservable(observable)).toBe(true);
    expect(observable[SOURCE]()).toBe(source);
  });

  it('gives the records of a synchronous source within subscribe, and closes it', () => {
    const source = counting(3);
    expect(heard(sourceObservable(() => source))).toEqual({ values: [0, 1, 2], completed: true });
    expect(source.calls).toEqual(['open', 'cut', 'settled', 'cut', 'settled', 'cut', 'settled', 'close']);
  });

  it('does not recurse: a hundred thousand cuts do not fill the stack', () => {
    expect(heard(sourceObservable(() => counting(100_000))).values.length).toBe(100_000);
  });

  it('does not recurse over Observables that answer at once', () => {
    const source = counting(20_000, { read: ({ data }) => of([data as number]), settled: () => of(undefined) });
    expect(heard(sourceObservable(() => source)).values.length).toBe(20_000);
  });

  it('does not drain a synchronous source past take(n)', () => {
    const source = counting(Number.POSITIVE_INFINITY);
    expect(heard(sourceObservable(() => source).pipe(take(2)))).toMatchObject({ values: [0, 1], completed: true });
    expect(source.calls.filter((call) => call === 'cut').length).toBe(2);
    expect(source.calls.at(-1)).toBe('close');
  });

  it('stops in the middle of a cut, of a run of records too', () => {
    let visited = 0;
    const run = {
      run: (visit: (record: number) => unknown) => {
        for (visited = 0; visited < 100; visited++) if (visit(visited) === false) return;
      },
    };
    expect(heard(sourceObservable(() => counting(1, { read: () => run })).pipe(take(3))).values).toEqual([0, 1, 2]);
    expect(visited).toBe(2);
  });

  it('has a source of its own for each subscription', () => {
    const observable = sourceObservable(() => counting(2));
    expect([heard(observable).values, heard(observable).values]).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('raises the error of a source after the records that came before it', () => {
    const error = new Error('gone');
    const source = counting(2, { cut: () => ({ cut: { data: 7 }, empty: false, last: true, error }) });
    expect(heard(sourceObservable(() => source))).toEqual({ values: [7], error, completed: false });
    expect(source.calls.at(-1)).toBe('close');
  });

  it.each(['open', 'cut', 'read', 'settled'] as const)('errors and closes when %s throws or rejects', (call) => {
    const error = new Error(call);
    for (const failing of [
      () => {
        throw error;
      },
      () => throwError(() => error),
    ]) {
      const source = counting(2, { [call]: failing });
      expect(heard(sourceObservable(() => source))).toMatchObject({ error, completed: false });
      expect(source.calls.at(-1)).toBe('close');
    }
  });

  it('repeats a read that failed for now', () => {
    new TestScheduler(() => {}).run(({ flush }) => {
      let reads = 0;
      const source = counting(1, {
        read: () => {
          if (++reads < 3) throw new StreamError('SOURCE_UNAVAILABLE', 'later', { retriable: true });
          return [7];
        },
      });
      const result = heard(sourceObservable(() => source));
      flush();
      expect(result).toEqual({ values: [7], completed: true });
      expect(reads).toBe(3);
    });
  });

  it('asks a source that does not wake every 10 ms', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
      let cuts = 0;
      const source = counting(1, {
        cut: () => ({ cut: { data: cuts }, empty: ++cuts % 3 !== 0, last: cuts === 6 }),
      });
      expectObservable(sourceObservable(() => source)).toBe('20ms a 19ms (b|)', { a: 2, b: 5 });
    });
  });

  it('asks a source that wakes when it wakes, and not before', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
      let opening: SourceOpening | undefined;
      let arrived = 0;
      const source = counting(1, {
        wakes: true,
        open: (given) => {
          opening = given;
          opening.scheduler.schedule(() => {
            arrived = 2;
            opening?.wake();
            opening?.wake();
          }, 35);
        },
        cut: () => ({ cut: { data: arrived }, empty: arrived === 0, last: arrived-- === 1 }),
      });
      expectObservable(sourceObservable(() => source)).toBe('35ms (ab|)', { a: 2, b: 1 });
    });
  });

  it('does not miss a wake that comes while it cuts', () => {
    let wake = (): void => {};
    let cuts = 0;
    const source = counting(1, {
      wakes: true,
      open: (opening) => {
        wake = opening.wake;
      },
      cut: () => {
        if (++cuts === 1) wake();
        return { cut: { data: cuts }, empty: cuts === 1, last: cuts === 2 };
      },
    });
    expect(heard(sourceObservable(() => source))).toEqual({ values: [2], completed: true });
  });

  it.each(['open', 'cut', 'read', 'settled'] as const)('closes at once when it is left during %s', (call) => {
    let left = 0;
    const pending = new Observable<never>(() => () => left++);
    const source = counting(2, { [call]: () => pending });
    let signal: AbortSignal | undefined;
    const open = source.open.bind(source);
    source.open = (opening) => {
      signal = opening.signal;
      return open(opening);
    };
    const subscription = sourceObservable(() => source).subscribe();
    expect(source.calls).not.toContain('close');
    subscription.unsubscribe();
    expect(source.calls.at(-1)).toBe('close');
    expect(signal?.aborted).toBe(true);
    expect(left).toBe(1);
  });

  it('goes on with promises and Observables that answer later', async () => {
    const gate = new Subject<void>();
    const source = counting(3, { open: () => Promise.resolve(), settled: () => concat(gate.pipe(take(1)), NEVER) });
    const values: number[] = [];
    const done = new Promise<void>((resolve) => {
      sourceObservable(() => source).subscribe({ next: (value) => values.push(value), complete: resolve });
    });
    const opening = timer(0, 1).subscribe(() => gate.next());
    await done;
    opening.unsubscribe();
    expect(values).toEqual([0, 1, 2]);
  });

  it('can be retried', () => {
    let runs = 0;
    const observable = sourceObservable(() =>
      counting(2, runs++ === 0 ? { read: () => throwError(() => new Error('once')) } : {}),
    );
    expect(heard(observable.pipe(retry(1), toArray())).values).toEqual([[0, 1]]);
  });
});
