import { asyncScheduler, from, Observable, type SchedulerLike, type Subscriber, take, timer } from 'rxjs';
import { type Answer, answered, isPending } from '../core/Answer.ts';
import { isStreamError } from '../core/errors.ts';
import { type CutLimit, type RecordRun, SOURCE, type Source, type SourceObservable } from './Source.ts';

/** How often a source that does not wake is asked, in milliseconds. */
const POLL_MS = 10;
/** How long a read that failed for now waits before it is repeated, in milliseconds. */
const RETRY_MS = 100;
/** What one cut may take in while there is no batch to bound it. */
const LIMIT: CutLimit = { maxRecords: 10_000, intervalMs: 0 };

/**
 * An Observable of records that `batchInterval` recognises as a source.
 *
 * Subscribed directly it is a plain stream of records from the source's own start: no batches, nothing is committed, and
 * what the source reports is not shown. Each subscription has its own source from `make`; unsubscribing closes it at
 * once. A source that answers with plain values is read synchronously, and no further than its subscriber listens.
 *
 * @param make makes the contract's side, one for each run.
 * @param scheduler times a direct subscription; a run under `batchInterval` lends its own. Default `asyncScheduler`.
 */
export function sourceObservable<T>(
  make: () => Source<T>,
  scheduler: SchedulerLike = asyncScheduler,
): SourceObservable<T> {
  const records = new Observable<T>((subscriber) => {
    const source = make();
    const end = new AbortController();
    const alarm = new Alarm();
    subscriber.add(() => {
      end.abort();
      answered(() => source.close()).subscribe();
    });
    const opening = {
      position: undefined,
      scheduler,
      signal: end.signal,
      wake: () => alarm.ring(),
      report: () => {},
    };
    follow(drain(source, opening, alarm, subscriber), subscriber);
  });
  return Object.assign(records, { [SOURCE]: make });
}

/** The life of a directly subscribed source; every `yield` waits for an answer. */
type Steps<R = void> = Generator<Answer<unknown>, R, unknown>;

function* drain<T>(
  source: Source<T>,
  opening: Parameters<Source<T>['open']>[0],
  alarm: Alarm,
  out: Subscriber<T>,
): Steps {
  yield source.open(opening);
  for (;;) {
    alarm.reset();
    const answer = yield* told(source.cut(opening.scheduler.now(), LIMIT));
    if (!answer.empty) pass(yield* readAgain(source, answer.cut, opening.scheduler), out);
    if (out.closed) return;
    yield source.settled(answer.cut);
    if (answer.last === true) {
      if (answer.error !== undefined) throw answer.error;
      return;
    }
    if (answer.empty && answer.more !== true) yield source.wakes ? alarm.rung : timer(POLL_MS, opening.scheduler);
  }
}

function* readAgain<T>(
  source: Source<T>,
  cut: Parameters<Source<T>['read']>[0],
  scheduler: SchedulerLike,
): Steps<Iterable<T> | RecordRun<T>> {
  for (;;) {
    try {
      return yield* told(source.read(cut));
    } catch (error) {
      if (!isStreamError(error) || !error.retriable) throw error;
    }
    yield timer(RETRY_MS, scheduler);
  }
}

function* told<T>(answer: Answer<T>): Steps<T> {
  return (yield answer) as T;
}

function pass<T>(records: Iterable<T> | RecordRun<T>, out: Subscriber<T>): void {
  if ('run' in records) {
    records.run((record) => {
      out.next(record);
      return !out.closed;
    });
    return;
  }
  for (const record of records) {
    out.next(record);
    if (out.closed) return;
  }
}

/** Goes through the steps: a loop over answers that are there, a subscription for one that is not; never a recursion. */
function follow(steps: Steps, out: Subscriber<unknown>): void {
  type Send = () => IteratorResult<Answer<unknown>, void>;

  function go(first: Send): void {
    let send: Send | undefined = first;
    while (send !== undefined && !out.closed) {
      let step: IteratorResult<Answer<unknown>, void>;
      try {
        step = send();
      } catch (error) {
        out.error(error);
        return;
      }
      if (step.done === true) {
        out.complete();
        return;
      }
      const answer: Answer<unknown> = step.value;
      send = isPending(answer) ? whenTold(answer) : () => steps.next(answer);
    }
  }

  /** What to send next if the answer came within the call; otherwise it goes on by itself later. */
  function whenTold(answer: Answer<unknown>): Send | undefined {
    let within = true;
    let send: Send | undefined;
    let value: unknown;
    const resume = (next: Send): void => {
      if (within) send = next;
      else go(next);
    };
    const waiting = from(answer as PromiseLike<unknown>)
      .pipe(take(1))
      .subscribe({
        next: (given) => {
          value = given;
        },
        error: (error) => resume(() => steps.throw(error)),
        complete: () => resume(() => steps.next(value)),
      });
    within = false;
    out.add(waiting);
    waiting.add(() => out.remove(waiting));
    return send;
  }

  go(() => steps.next());
}

/** Remembers that it rang until it is reset, so that a ring before the wait is not missed. */
class Alarm {
  #rang = false;
  #sleeper: Subscriber<void> | undefined;

  /** Emits once as soon as the alarm rings, at once if it has rung since the reset. */
  readonly rung: Observable<void> = new Observable<void>((subscriber) => {
    this.#sleeper = subscriber;
    if (this.#rang) this.ring();
  });

  ring(): void {
    this.#rang = true;
    const sleeper = this.#sleeper;
    this.#sleeper = undefined;
    sleeper?.next();
    sleeper?.complete();
  }

  reset(): void {
    this.#rang = false;
  }
}
