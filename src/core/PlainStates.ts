import { detached } from './detached.ts';
import type { KeyedState, StateCell } from './KeyedState.ts';
import { FORM, type KeyStates, type StatesForm } from './KeyStates.ts';
import type { Identify } from './keyIdentity.ts';
import type { OperatorState } from './RunServices.ts';
import type { Touched } from './TouchedStates.ts';

/** States that no time runs out for, kept by themselves. */
export class PlainStates<K, S> implements KeyStates<K, S> {
  readonly #keys: KeyedState<K, S>;

  constructor(state: OperatorState, identify: Identify<K>) {
    this.#keys = state.collection<K, S>('keys', identify);
    const form = state.collection<typeof FORM, StatesForm>(FORM);
    if (form.get(FORM) === undefined) return;
    form.delete(FORM);
    for (const cell of this.#keys.cells()) this.#keys.replace(cell, (cell.value as Touched<S>).state);
  }

  cell(key: K): StateCell<K, unknown> | undefined {
    return this.#keys.cell(key);
  }

  stateIn(cell: StateCell<K, unknown>): S {
    return cell.value as S;
  }

  set(key: K, cell: StateCell<K, unknown> | undefined, state: S): void {
    if (cell === undefined) this.#keys.set(detached(key), state);
    else this.#keys.replace(cell as StateCell<K, S>, state);
  }

  touch(): void {}

  delete({ key }: StateCell<K, unknown>): void {
    this.#keys.delete(key);
  }

  takeDue(): void {}

  cells(): Iterable<StateCell<K, unknown>> {
    return this.#keys.cells();
  }
}
