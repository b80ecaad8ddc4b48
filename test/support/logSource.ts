import type { Answer, Cut, CutAnswer, OffsetStore, Source, SourceObservable, SourceOpening } from '../../src/index.ts';
import { sourceObservable } from '../../src/sources/sourceObservable.ts';

/** What a {@link logSource} does otherwise than a quiet one. */
export interface LogSourceOptions<T> {
  readonly name?: string;
  /** The store it starts from where there is no checkpoint. */
  readonly startsFrom?: OffsetStore;
  readonly replayable?: boolean;
  /** Whether it tells a drain trigger that something was appended. Default `true`. */
  readonly wakes?: boolean;
  /** Partition of its offset ranges. Default 0. */
  readonly partition?: number;
  /** The most records of one cut, beside the limit of the runtime. */
  readonly step?: number;
  onOpen?(opening: SourceOpening): Answer<void>;
  onCut?(answer: CutAnswer, time: number): Answer<CutAnswer>;
  onRead?(records: readonly T[], cut: Cut): Answer<Iterable<T>>;
  onSettled?(cut: Cut): Answer<void>;
  onClose?(): Answer<void>;
  /** Makes it a receiver, which is told to take nothing more in before the end. */
  onDrain?(): Answer<void>;
}

/** Records that stay, as in a topic, and what a source was asked for them. */
export class Log<T> {
  readonly records: T[] = [];
  /** The calls of the contract, in order: `open 0`, `cut 1000`, `read 0-2`, `settled 2`, `close`. */
  readonly calls: string[] = [];
  /** Nothing will be appended any more. */
  ended: { readonly error?: unknown } | undefined;
  wake: () => void = () => {};

  constructor(...records: readonly T[]) {
    this.records.push(...records);
  }

  append(...records: readonly T[]): void {
    this.records.push(...records);
    this.wake();
  }

  end(ended: { readonly error?: unknown } = {}): void {
    this.ended = ended;
    this.wake();
  }

  /** How often a call was made, by its first word. */
  count(call: string): number {
    return this.calls.filter((made) => made.startsWith(call)).length;
  }
}

/** A replayable source with positions over a log: what has been appended since the last cut is the next one. */
export function logSource<T>(log: Log<T>, options: LogSourceOptions<T> = {}): SourceObservable<T> {
  const { name = 'log', startsFrom, replayable = true, wakes = true, partition = 0, step = Infinity } = options;
  return sourceObservable<T>((): Source<T> => {
    let next = 0;
    return {
      name,
      replayable,
      wakes,
      ...(startsFrom === undefined ? {} : { startsFrom }),
      open(opening) {
        const stored = startsFrom?.load({ topics: [name] }) as readonly { readonly until: number }[] | undefined;
        next = (opening.position as number | undefined) ?? stored?.[0]?.until ?? 0;
        log.calls.push(`open ${next}`);
        if (wakes) log.wake = () => opening.wake();
        if (opening.position === undefined && next > 0) opening.report({ code: 'RESUMED', message: `at ${next}` });
        return options.onOpen?.(opening);
      },
      cut(time, { maxRecords }) {
        log.calls.push(`cut ${time}`);
        const from = next;
        next = Math.min(log.records.length, from + Math.min(step, maxRecords));
        const more = next < log.records.length;
        const answer: CutAnswer = {
          cut: {
            data: [from, next],
            records: next - from,
            position: next,
            offsets: [{ topic: name, partition, from, until: next }],
          },
          empty: next === from,
          more,
          ...(log.ended !== undefined && !more ? { last: true, ...log.ended } : {}),
        };
        return options.onCut?.(answer, time) ?? answer;
      },
      read(cut) {
        const [from, until] = cut.data as readonly [number, number];
        log.calls.push(`read ${from}-${until}`);
        const records = log.records.slice(from, until);
        return options.onRead?.(records, cut) ?? records;
      },
      settled(cut) {
        log.calls.push(`settled ${cut.position}`);
        return options.onSettled?.(cut);
      },
      ...(options.onDrain === undefined
        ? {}
        : {
            drain() {
              log.calls.push('drain');
              return options.onDrain?.();
            },
          }),
      close() {
        log.calls.push('close');
        return options.onClose?.();
      },
    };
  });
}
