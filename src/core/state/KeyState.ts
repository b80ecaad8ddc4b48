/**
 * The state of one key, as the function of `mapWithState` sees it; good for the call it was handed to. Spark's `State`.
 *
 * A state is never changed in place: give `update` a new value.
 */
export interface KeyState<S> {
  /** Whether the key has a state. */
  exists(): boolean;
  /** The state; throws if there is none. */
  get(): S;
  /** The state, or `undefined` if there is none. */
  getOption(): S | undefined;
  /** Sets the state. Not after `remove`, and not while the key is timing out: throws. */
  update(state: S): void;
  /** Removes the state, if there is one. Not twice, and not while the key is timing out, when it is removed anyway: throws. */
  remove(): void;
  /** Whether this call is the last one of a key whose time has run out: there is no value, and the state goes after it. */
  isTimingOut(): boolean;
}

/** What the function left behind: the state as it was or another, or none. */
export type KeyStateOutcome = 'same' | 'updated' | 'removed';

const NONE: unique symbol = Symbol('none');

/** A {@link KeyState} from the inside: one object for all keys, opened for each call and closed after it. */
export class OpenKeyState<S> implements KeyState<S> {
  #state: S | typeof NONE = NONE;
  #outcome: KeyStateOutcome = 'same';
  #isTimingOut = false;
  #isOpen = false;

  get outcome(): KeyStateOutcome {
    return this.#outcome;
  }

  /** The state that was updated to. */
  get left(): S {
    return this.#state as S;
  }

  openWithout(): void {
    this.#open(NONE, false);
  }

  openWith(state: S, isTimingOut = false): void {
    this.#open(state, isTimingOut);
  }

  close(): void {
    this.#isOpen = false;
  }

  exists(): boolean {
    this.#assertOpen();
    return this.#state !== NONE;
  }

  get(): S {
    this.#assertOpen();
    if (this.#state !== NONE) return this.#state;
    throw new TypeError('State is not set: this key has none. Ask state.exists() first, or take state.getOption().');
  }

  getOption(): S | undefined {
    this.#assertOpen();
    return this.#state === NONE ? undefined : this.#state;
  }

  update(state: S): void {
    this.#assertChangeable('update');
    if (this.#outcome === 'removed') {
      throw new TypeError('Cannot update the state after it has been removed: call one of the two for a record.');
    }
    if (state === undefined) {
      throw new TypeError('Cannot update the state to undefined: to have none call state.remove().');
    }
    this.#state = state;
    this.#outcome = 'updated';
  }

  remove(): void {
    this.#assertChangeable('remove');
    if (this.#outcome === 'removed') {
      throw new TypeError(
        'Cannot remove the state that has already been removed: call state.remove() once for a record.',
      );
    }
    this.#state = NONE;
    this.#outcome = 'removed';
  }

  isTimingOut(): boolean {
    this.#assertOpen();
    return this.#isTimingOut;
  }

  toString(): string {
    return this.#state === NONE ? '<state not set>' : String(this.#state);
  }

  #open(state: S | typeof NONE, isTimingOut: boolean): void {
    this.#state = state;
    this.#outcome = 'same';
    this.#isTimingOut = isTimingOut;
    this.#isOpen = true;
  }

  #assertChangeable(change: 'update' | 'remove'): void {
    this.#assertOpen();
    if (!this.#isTimingOut) return;
    throw new TypeError(
      `Cannot ${change} the state that is timing out: it is removed after this call. Ask state.isTimingOut() first.`,
    );
  }

  #assertOpen(): void {
    if (this.#isOpen) return;
    throw new TypeError('The state was used after its call: take what you need of it while your function runs.');
  }
}
