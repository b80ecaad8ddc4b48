import type { Answer } from '../../core/Answer.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening } from '../Source.ts';
import type { LogPlace } from './LogPlace.ts';
import { ReceiverSession, type ReceiverSettings } from './ReceiverSession.ts';

/** @internal The contract's side of every receiver: a session for each opening; what is kept between two of them is in the log. */
export class ReceiverSource<T> implements Source<T> {
  readonly name: string;
  readonly replayable: boolean;
  readonly wakes = true;
  readonly #settings: ReceiverSettings<T>;
  readonly #place: LogPlace;
  #session: ReceiverSession<T> | undefined;

  constructor(settings: ReceiverSettings<T>, place: LogPlace, durable: boolean) {
    this.name = settings.name;
    this.replayable = durable;
    this.#settings = settings;
    this.#place = place;
  }

  open(opening: SourceOpening): Answer<void> {
    this.#session = new ReceiverSession(this.#settings, this.#place, opening);
    return this.#session.open();
  }

  cut(time: number, limit: CutLimit): CutAnswer {
    return (this.#session as ReceiverSession<T>).cut(time, limit);
  }

  read(cut: Cut): Answer<RecordRun<T> | readonly T[]> {
    return (this.#session as ReceiverSession<T>).read(cut);
  }

  settled(cut: Cut): Answer<void> {
    return (this.#session as ReceiverSession<T>).settled(cut);
  }

  drain(): Answer<void> {
    return (this.#session as ReceiverSession<T>).drain();
  }

  close(): Answer<void> {
    const session = this.#session;
    this.#session = undefined;
    return session?.close();
  }
}
