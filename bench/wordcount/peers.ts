import {
  bufferCount,
  concatMap,
  count,
  from,
  groupBy,
  map,
  mergeMap,
  type Observable,
  reduce,
  Subject,
  toArray,
} from 'rxjs';
import { add, type CountBatches, type Counts, type Emit, type WordCount, words } from './WordCount.ts';

const pairOf = (word: string): [string, number] => [word, 1];

const intoMap = (counts: Map<string, number>, [word, n]: [string, number]): Map<string, number> =>
  counts.set(word, (counts.get(word) ?? 0) + n);

/** RxJS with an array for each batch and each stage. */
export const arrays: WordCount = overBatches((batches) => batches.pipe(countedInArrays()));

/** The same, with the batches cut by RxJS out of a stream of lines. */
export const bufferedArrays: WordCount = (emit) => {
  const lines = new Subject<string>();
  lines.pipe(bufferCount(10_000), countedInArrays()).subscribe(emit);
  return async (batches) => {
    for (const batch of batches) for (const line of batch) lines.next(line);
  };
};

/** RxJS record by record, reduced into a Map. */
export const perRecord: WordCount = overBatches((batches) =>
  batches.pipe(
    concatMap((lines) => from(lines).pipe(mergeMap(words), map(pairOf), reduce(intoMap, new Map<string, number>()))),
  ),
);

/** RxJS with a group for each word. */
export const grouped: WordCount = overBatches((batches) =>
  batches.pipe(
    concatMap((lines) =>
      from(lines).pipe(
        mergeMap(words),
        groupBy((word) => word),
        mergeMap((group) =>
          group.pipe(
            count(),
            map((n): [string, number] => [group.key, n]),
          ),
        ),
        toArray(),
      ),
    ),
  ),
);

/** One loop written by hand; the cells of its Map are the pairs that are given out. */
export const fusedLoop: WordCount = (emit) => async (batches) => {
  for (const lines of batches) {
    const cells = new Map<string, [string, number]>();
    for (const line of lines) {
      for (const word of line.split(' ')) {
        const cell = cells.get(word);
        if (cell === undefined) cells.set(word, [word, 1]);
        else cell[1]++;
      }
    }
    emit([...cells.values()]);
  }
};

/** The same with the user's functions as functions: what operators that fuse can reach at best. */
export const fusedFunctions: WordCount = (emit) => async (batches) => {
  for (const lines of batches) {
    const cells = new Map<string, [string, number]>();
    for (const line of lines) {
      for (const word of words(line)) {
        const pair = pairOf(word);
        const cell = cells.get(pair[0]);
        if (cell === undefined) cells.set(pair[0], [pair[0], pair[1]]);
        else cell[1] = add(cell[1], pair[1]);
      }
    }
    emit([...cells.values()]);
  }
};

function overBatches(counted: (batches: Observable<readonly string[]>) => Observable<Counts>): WordCount {
  return (emit: Emit): CountBatches => {
    const input = new Subject<readonly string[]>();
    counted(input).subscribe(emit);
    return async (batches) => {
      for (const batch of batches) input.next(batch);
    };
  };
}

function countedInArrays(): (batches: Observable<readonly string[]>) => Observable<Counts> {
  return (batches) =>
    batches.pipe(
      map((lines) => lines.flatMap(words)),
      map((all) => all.map(pairOf)),
      map((pairs) => pairs.reduce(intoMap, new Map<string, number>())),
    );
}
