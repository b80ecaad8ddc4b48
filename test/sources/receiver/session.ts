import { VirtualTimeScheduler } from 'rxjs';
import { promised } from '../../../src/core/Answer.ts';
import type { BlockLog } from '../../../src/receiver.ts';
import { memoryLog } from '../../../src/sources/receiver/memoryLog.ts';
import type { ReceiverParts } from '../../../src/sources/receiver/receiverObservable.ts';
import { type Cut, type CutAnswer, SOURCE, type Source, type SourceReport } from '../../../src/sources/Source.ts';
import { taken } from '../../support/taken.ts';
import { HandReceiver, received } from './handReceiver.ts';

/** A source over a receiver that is moved by hand, driven by hand itself. Everything answers at once with a log in memory. */
export class Session {
  readonly receiver: HandReceiver;
  readonly source: Source<string>;
  readonly reports: SourceReport[] = [];
  readonly scheduler: VirtualTimeScheduler = new VirtualTimeScheduler();
  readonly end: AbortController = new AbortController();
  wakes = 0;

  constructor(options: Partial<ReceiverParts<string>> = {}, receiver: HandReceiver = new HandReceiver()) {
    this.receiver = receiver;
    this.source = received(receiver, options)[SOURCE]();
  }

  static open(options: Partial<ReceiverParts<string>> = {}, position?: unknown): Session {
    const session = new Session(options);
    session.open(position);
    return session;
  }

  open(position?: unknown): unknown {
    return this.source.open({
      position,
      scheduler: this.scheduler,
      signal: this.end.signal,
      wake: () => this.wakes++,
      report: (report) => this.reports.push(report),
    });
  }

  cut(maxRecords: number = Number.POSITIVE_INFINITY, intervalMs = 1000, time = 0): CutAnswer {
    return this.source.cut(time, { maxRecords, intervalMs }) as CutAnswer;
  }

  read(cut: Cut): string[] {
    return taken(this.source.read(cut) as Iterable<string>);
  }

  /** Cuts and reads. */
  next(maxRecords?: number): string[] {
    return this.read(this.cut(maxRecords).cut);
  }

  close(): Promise<void> {
    return promised(() => this.source.close());
  }

  /** The codes that were reported. */
  get codes(): string[] {
    return this.reports.map(({ code }) => code);
  }
}

/** A log in memory of which a part is otherwise. */
export function logWith(parts: (inner: BlockLog) => Partial<BlockLog>, maxBytes = 10_000): () => BlockLog {
  return () => {
    const inner = memoryLog({ name: 'log', maxBytes });
    const log: BlockLog = {
      name: inner.name,
      durable: inner.durable,
      maxBytes: inner.maxBytes,
      get bytes() {
        return inner.bytes;
      },
      hasRoom: (bytes) => inner.hasRoom(bytes),
      open: (scheduler, report) => inner.open(scheduler, report),
      append: (block) => inner.append(block),
      take: (from, limit) => inner.take(from, limit),
      read: (from, until) => inner.read(from, until),
      trim: (until) => inner.trim(until),
      close: () => inner.close(),
      ...parts(inner),
    };
    return log;
  };
}
