import type { Subscription } from 'rxjs';
import { type Answer, finallyAnswer, isPending, promised, thenAnswer } from '../../core/Answer.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, SourceOpening } from '../Source.ts';
import type { BlockLog, LogContents } from './BlockLog.ts';
import { BlockRun, type OnUndecodable } from './BlockRun.ts';
import { Intake } from './Intake.ts';
import type { LogPlace } from './LogPlace.ts';
import { RateLimit } from './RateLimit.ts';
import type { Receiver } from './Receiver.ts';
import { Reports } from './Reports.ts';
import {
  keptUntil,
  type LossRules,
  lost,
  placeIn,
  type ReceiverCut,
  type ReceiverPosition,
} from './receiverPosition.ts';

/** What a source of received records needs. */
export interface ReceiverSettings<T> {
  readonly name: string;
  /** A receiver for one run. */
  readonly makeReceiver: () => Receiver<T>;
  readonly maxBatchBytes: number;
  readonly maxRatePerSecond: number;
  readonly onUndecodable: OnUndecodable;
  readonly onLost: 'fail' | 'skip';
}

/** One run of a receiver over its log. */
export class ReceiverSession<T> {
  readonly #settings: ReceiverSettings<T>;
  readonly #place: LogPlace;
  readonly #opening: SourceOpening;
  readonly #reports: Reports;
  readonly #rate: RateLimit;
  readonly #end = new AbortController();
  readonly #abort = (): void => this.#end.abort(this.#opening.signal.reason);
  #log: BlockLog | undefined;
  #receiver: Receiver<T> | undefined;
  #intake: Intake | undefined;
  #opened: Answer<void> = undefined;
  #stopped: { readonly answer: Answer<void> } | undefined;
  #isLogOpen = false;
  #isClosed = false;
  #alarm: Subscription | undefined;
  /** Whose numbers the records have. */
  #line = '';
  #next = 0;
  /** What is before it was trimmed, when the log was opened. */
  #first = 0;

  constructor(settings: ReceiverSettings<T>, place: LogPlace, opening: SourceOpening) {
    this.#settings = settings;
    this.#place = place;
    this.#opening = opening;
    this.#reports = new Reports(settings.name, opening.report);
    this.#rate = new RateLimit(settings.maxRatePerSecond);
    if (opening.signal.aborted) this.#abort();
    else opening.signal.addEventListener('abort', this.#abort, { once: true });
  }

  open(): Answer<void> {
    this.#opened = thenAnswer(this.#place.take(), (log) => {
      this.#log = log;
      if (this.#isClosed) return;
      const opening = log.open(this.#opening.scheduler, ({ code, message, ...more }) =>
        this.#reports.tell(code, message, more),
      );
      return thenAnswer(opening, (contents) => this.#begin(log, contents));
    });
    return this.#opened;
  }

  #begin(log: BlockLog, contents: LogContents): Answer<void> {
    this.#isLogOpen = true;
    if (this.#isClosed) return;
    const { log: line, next } = placeIn(
      contents,
      this.#opening.position as ReceiverPosition | undefined,
      this.#lossRules(),
    );
    this.#line = line;
    this.#next = next;
    this.#first = contents.first;
    const intake = new Intake({
      name: this.#settings.name,
      log,
      contents,
      scheduler: this.#opening.scheduler,
      signal: this.#end.signal,
      reports: this.#reports,
      changed: () => this.#wake(),
    });
    this.#intake = intake;
    if (intake.safe > next) this.#wake();
    this.#receiver = this.#settings.makeReceiver();
    return this.#receiver.start(intake);
  }

  cut(time: number, limit: CutLimit): CutAnswer {
    const [log, intake] = [this.#log as BlockLog, this.#intake as Intake];
    this.#reports.flush();
    const { maxBatchBytes } = this.#settings;
    const from = this.#next;
    const maxRecords = Math.min(this.#rate.allowed(time, limit), intake.safe - from);
    const until =
      maxRecords > 0 ? Math.min(log.take(from, { maxRecords, maxBytes: maxBatchBytes }), from + maxRecords) : from;
    this.#next = until;
    const data: ReceiverCut = { log: this.#line, from, until };
    const position: ReceiverPosition = { log: this.#line, next: until };
    const isLeft = until < intake.safe;
    const waitMs = this.#rate.took(until - from, limit);
    if (isLeft && waitMs !== undefined) this.#wakeIn(waitMs);
    // Nobody wakes a run that is about to end: then what the rate keeps for later is more, too.
    const more = isLeft && (waitMs === undefined || this.#stopped !== undefined);
    const answer = { cut: { data, records: until - from, position }, empty: until === from, more };
    const { ended } = intake;
    return ended === undefined || isLeft ? answer : { ...answer, last: true, ...ended };
  }

  read(cut: Cut): Answer<RecordRun<T> | readonly T[]> {
    const { log: line, from, ...planned } = cut.data as ReceiverCut;
    if (from === planned.until) return [];
    const until = Math.min(planned.until, Math.max(from, keptUntil(line, this.#line)));
    if (until < planned.until) {
      const count = planned.until - until;
      const what = `${count} records of a batch that had not settled were in a log that is gone, or has lost its end`;
      lost(what, count, this.#lossRules());
    }
    const start = Math.min(until, Math.max(from, this.#first));
    if (start > from) {
      const what = `the records ${from} to ${start - 1} of a batch were trimmed after this checkpoint was made`;
      lost(what, start - from, this.#lossRules());
    }
    if (start >= until) return [];
    return thenAnswer((this.#log as BlockLog).read(start, until), (blocks) => {
      const receiver = this.#receiver as Receiver<T>;
      return new BlockRun(blocks, start, until, {
        ...this.#settings,
        decode: (block) => receiver.decode(block),
        leftOut: (count, { first, records, error }) => {
          const message = `${count} records of the block of records ${first} to ${first + records - 1} cannot be decoded and were left out.`;
          this.#reports.tell('RECORD_UNDECODABLE', message, { count, cause: error, details: { first, records } });
        },
      });
    });
  }

  settled(cut: Cut): Answer<void> {
    const { log: line, until } = cut.data as ReceiverCut;
    if (line !== this.#line) return;
    return thenAnswer((this.#log as BlockLog).trim(until), () => this.#intake?.freed());
  }

  /** Takes nothing more in; what has come is safe when this answers. */
  drain(): Answer<void> {
    this.#stopped ??= { answer: this.#stop() };
    return this.#stopped.answer;
  }

  close(): Answer<void> {
    this.#isClosed = true;
    this.#alarm?.unsubscribe();
    this.#opening.signal.removeEventListener('abort', this.#abort);
    this.#end.abort(this.#opening.signal.reason);
    this.#reports.flush();
    // Whoever opened was told if that failed.
    const opening = this.#opened;
    const opened = isPending(opening) ? promised(() => opening).catch(() => {}) : undefined;
    const closing = thenAnswer(opened, () =>
      finallyAnswer(
        () => this.drain(),
        () => this.#leaveLog(),
      ),
    );
    this.#place.leave(closing);
    return closing;
  }

  #leaveLog(): Answer<void> {
    const log = this.#log;
    if (log === undefined) return;
    this.#place.park(log);
    return this.#isLogOpen ? log.close() : undefined;
  }

  #stop(): Answer<void> {
    const [intake, receiver] = [this.#intake, this.#receiver];
    if (intake === undefined || receiver === undefined) return;
    intake.closing();
    return finallyAnswer(
      () => receiver.stop(),
      () => intake.closed(),
    );
  }

  #wake(): void {
    if (!this.#isClosed) this.#opening.wake();
  }

  #wakeIn(ms: number): void {
    this.#alarm?.unsubscribe();
    this.#alarm = this.#opening.scheduler.schedule(() => this.#wake(), ms);
  }

  #lossRules(): LossRules {
    return { ...this.#settings, tell: this.#reports.tell.bind(this.#reports) };
  }
}
