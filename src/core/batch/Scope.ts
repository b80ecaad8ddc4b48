import { Observable, type Subscription } from 'rxjs';
import { StreamError } from '../errors.ts';
import type { OffsetRange } from '../OffsetRange.ts';
import type { RunServices } from '../RunServices.ts';
import { whileWanted } from './whileWanted.ts';

/** What a batch time needs to know about one source. */
export interface ScopeInput {
  readonly source: string;
  /** The cut's ranges; `undefined` for a source without positions. */
  readonly offsets: readonly OffsetRange[] | undefined;
}

/** "Somebody is still busy with this batch." */
export interface Hold {
  /** The work is done. Only the first call counts. */
  release(): unknown;
  /** The work was left by unsubscription: one turn later it counts as done if the run lives on, else the batch is abandoned. */
  leave(): void;
}

/** A pairing operator that has one side of this time and waits for the other. */
interface Waiting {
  readonly rank: number;
  resolve(): void;
}

/**
 * open: being worked on · processed: all holds are back, offsets are being committed · unseen: processed, settles with a later one ·
 * settled: over · failed: its run is over.
 */
export type ScopeState = 'open' | 'processed' | 'unseen' | 'settled' | 'failed';

/**
 * The bookkeeping of one batch time, shared by all batches derived from it: holds, outputs, commits, result.
 * One scope of a context is open at a time.
 */
export class Scope {
  readonly time: number;
  readonly interval: number;
  readonly run: RunServices;
  /** An earlier run had planned this time: it may have been committed by it. */
  readonly repeated: boolean;
  /** Stores that `commitOffsets` declared, with the sources whose positions they get. */
  readonly commits: Map<object, Set<string>> = new Map();
  /** An output, or `commitOffsets`, has seen a batch of this time. */
  seen = false;
  /** A window that is not due yet has taken in a batch of this time. */
  takenIn = false;
  /** The longest synchronous stretch spent on this time, in milliseconds. */
  longestStretch = 0;
  readonly #inputs: readonly ScopeInput[];
  #state: ScopeState = 'open';
  #holds = 0;
  #rootsEmitted = false;
  readonly #waiting: Waiting[] = [];
  readonly #turns: (() => void)[] = [];
  #turnTaken = false;
  readonly #atEnd: (() => void)[] = [];
  readonly #atUnseen: (() => void)[] = [];

  constructor(
    run: RunServices,
    time: number,
    interval: number,
    inputs: readonly ScopeInput[] = [],
    repeated: boolean = false,
  ) {
    this.run = run;
    this.time = time;
    this.interval = interval;
    this.repeated = repeated;
    this.#inputs = inputs;
  }

  get state(): ScopeState {
    return this.#state;
  }

  /** The names of all sources cut at this time. */
  get sources(): readonly string[] {
    return this.#inputs.map(({ source }) => source);
  }

  offsetsOf(origins: readonly string[]): readonly OffsetRange[] {
    return this.#inputs.flatMap(({ source, offsets }) => (origins.includes(source) ? (offsets ?? []) : []));
  }

  /** Whether any of these sources has positions. */
  hasOffsets(origins: readonly string[]): boolean {
    return this.#inputs.some(({ source, offsets }) => offsets !== undefined && origins.includes(source));
  }

  // ---- reading and holding -------------------------------------------------------------------------------------

  assertReadable(): void {
    if (this.#state === 'settled' || this.#state === 'processed') throw this.#settledTooEarly('read');
  }

  /** Takes a hold, in the call in which a batch of this time arrived. */
  hold(): Hold {
    if (this.#state !== 'open') throw this.#settledTooEarly('held');
    this.#holds++;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#holds--;
      this.#advance();
    };
    const leave = (): void => {
      if (held) this.run.scheduler.schedule(() => this.run.alive && release());
    };
    return { release, leave };
  }

  /** All sources of the context have emitted this time: missing sides of pairs are now known to be missing. */
  rootsEmitted(): void {
    this.#rootsEmitted = true;
    this.#advance();
  }

  /**
   * Holds the batch until `resolve` was called, which happens when everybody still busy is waiting for a missing side. While it
   * waits somebody else is busy, so who stops waiting need not tell.
   */
  awaitSide(rank: number, resolve: () => void): Hold {
    const waiting = { rank, resolve };
    const remove = (): boolean => {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) this.#waiting.splice(at, 1);
      return at >= 0;
    };
    this.#waiting.push(waiting);
    this.#advance();
    return { release: remove, leave: remove };
  }

  #advance(): void {
    if (this.#state !== 'open' || !this.#rootsEmitted || this.#holds > 0) return;
    const waiting = this.#waiting.sort((a, b) => a.rank - b.rank).shift();
    if (waiting !== undefined) return waiting.resolve();
    // From here on its offsets are committed, which may take a while: who comes now comes too late.
    this.#state = 'processed';
    this.run.scopeReleased(this);
  }

  // ---- outputs -------------------------------------------------------------------------------------------------

  /** Runs `effect` when the outputs that came to this time before it are done: one after another. */
  inTurn(effect: () => Observable<unknown>): Observable<never> {
    return new Observable<never>((subscriber) => {
      let running: Subscription | undefined;
      const go = (): void => {
        this.#turnTaken = true;
        running = whileWanted(subscriber, effect()).subscribe({
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        });
      };
      if (this.#turnTaken) this.#turns.push(go);
      else go();
      return () => {
        running?.unsubscribe();
        const at = this.#turns.indexOf(go);
        if (at >= 0) this.#turns.splice(at, 1);
        else this.#nextTurn();
      };
    });
  }

  #nextTurn(): void {
    this.#turnTaken = false;
    if (this.run.alive) this.#turns.shift()?.();
  }

  /** `store` gets the positions of `origins` when this time settles, or with the next time that does. */
  declareCommit(store: object, origins: readonly string[]): void {
    if (this.#state !== 'open' && this.#state !== 'unseen') throw this.#settledTooEarly('given to commitOffsets');
    const sources = this.commits.get(store) ?? new Set<string>();
    for (const origin of origins) sources.add(origin);
    this.commits.set(store, sources);
  }

  // ---- ends ----------------------------------------------------------------------------------------------------

  /** An operator's function failed while a batch was evaluated: the run is over, whoever catches the error. */
  failEvaluation(error: unknown): unknown {
    this.run.fail(error);
    return error;
  }

  /** Called by the runtime alone. */
  end(state: Exclude<ScopeState, 'open' | 'processed'>): void {
    this.#state = state;
    if (state === 'unseen') for (const call of this.#atUnseen.splice(0)) call();
    else for (const call of this.#atEnd.splice(0)) call();
  }

  /** Called when the scope is settled or failed: let go of what is pinned. */
  atEnd(call: () => void): void {
    this.#atEnd.push(call);
  }

  /** Called when the scope stays readable while later ones run: evaluate what they would change. */
  atUnseen(call: () => void): void {
    this.#atUnseen.push(call);
  }

  #settledTooEarly(what: 'read' | 'held' | 'given to commitOffsets'): StreamError {
    const early =
      this.#state === 'failed'
        ? 'after its run had ended: it runs again in the next one. '
        : 'after it had been processed: its offsets may be committed, so a failure now would lose it. ';
    const error = new StreamError(
      'BATCH_SETTLED',
      `The batch of time ${this.time} was ${what} ${early}` +
        'Something between the batches delays them (delay, observeOn, mergeMap with a promise). ' +
        'Do the slow part inside held((batch) => promiseOrObservableOfTheBatch), transform(...) or foreachBatch(...).',
      { details: { time: this.time } },
    );
    this.run.fail(error);
    return error;
  }
}

let current: Scope | undefined;

/** The scope whose batch is being passed on in this very call, if any: whom an error without a batch belongs to. */
export function currentScope(): Scope | undefined {
  return current;
}

/** Passes a batch on: sets {@link currentScope} meanwhile and measures the stretch. */
export function passOn(scope: Scope, pass: () => void): void {
  const before = current;
  const began = scope.run.scheduler.now();
  current = scope;
  try {
    pass();
  } finally {
    current = before;
    scope.longestStretch = Math.max(scope.longestStretch, scope.run.scheduler.now() - began);
  }
}
