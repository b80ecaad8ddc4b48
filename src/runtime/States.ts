import type { NamedChanges, StoredState } from '../checkpoint/CheckpointStore.ts';
import { StreamError } from '../core/errors.ts';
import type { Identify } from '../core/keys/keyIdentity.ts';
import type { OperatorState, StateClaim } from '../core/RunServices.ts';
import { KeyedState } from '../core/state/KeyedState.ts';

/** Default names of a context's unnamed operators: a retry finds its state again by the operator call, or by its order. */
export class DefaultNames {
  readonly #known = new WeakMap<object, string>();

  /** The name this operator call had before, if it is free; else the first free one of its kind. */
  of({ operator, identity }: StateClaim, isTaken: (name: string) => boolean): string {
    const before = this.#known.get(identity);
    if (before !== undefined && !isTaken(before)) return before;
    let name = '';
    for (let n = 1; name === '' || isTaken(name); n++) name = `${operator}#${n}`;
    if (before === undefined) this.#known.set(identity, name);
    return name;
  }
}

/** What the states of a run are made from. */
export interface StatesOptions {
  readonly durable: boolean;
  readonly freeze: boolean;
  readonly defaultNames: DefaultNames;
  readonly restored: ReadonlyMap<string, StoredState>;
  /** An operator whose name the checkpoint does not know begins empty. */
  beganEmpty(name: string): void;
}

/** The states of one run: restored by name, claimed by operators, asked for their changes when a batch settles. */
export class States {
  readonly #options: StatesOptions;
  readonly #claimed = new Map<string, Map<string, KeyedState<unknown, unknown>>>();

  constructor(options: StatesOptions) {
    this.#options = options;
  }

  claim(claim: StateClaim): OperatorState {
    const name = this.#nameOf(claim);
    const collections = new Map<string, KeyedState<unknown, unknown>>();
    this.#claimed.set(name, collections);
    const known = [...this.#options.restored.keys()].some((state) => operatorOf(state) === name);
    if (!known) this.#options.beganEmpty(name);
    return {
      name,
      collection: <K, V>(part: string, identify?: Identify<K>): KeyedState<K, V> => {
        const stored = this.#options.restored.get(`${name}/${part}`);
        const state = new KeyedState<K, V>(stored?.entries ?? [], {
          freeze: this.#options.freeze,
          ...(identify === undefined ? {} : { identify }),
        });
        collections.set(part, state as unknown as KeyedState<unknown, unknown>);
        return state;
      },
    };
  }

  /** Names in the checkpoint that no operator of this run has claimed so far. */
  unclaimed(): readonly string[] {
    const names = [...this.#options.restored.keys()].map(operatorOf);
    return [...new Set(names)].filter((name) => !this.#claimed.has(name));
  }

  /** What changed in all states since the last call. */
  takeChanges(): readonly NamedChanges[] {
    const changes: NamedChanges[] = [];
    for (const [name, collections] of this.#claimed) {
      for (const [part, state] of collections) {
        changes.push(Object.assign(state.takeChanges(), { state: `${name}/${part}`, version: 0 }));
      }
    }
    return changes;
  }

  #nameOf(claim: StateClaim): string {
    if (claim.name === undefined) {
      if (!this.#options.durable) return this.#options.defaultNames.of(claim, (name) => this.#claimed.has(name));
      throw new StreamError(
        'NAME_REQUIRED',
        `${claim.operator}: expected a name under a durable checkpoint, got none. ` +
          `Add { name: '...' }: its state is found again by it, whatever else in the code changes.`,
      );
    }
    if (this.#claimed.has(claim.name)) {
      throw new StreamError(
        'NAME_TWICE',
        `${claim.operator}: the name '${claim.name}' is taken by another stateful operator of this run. ` +
          'Give each its own name; if this is one stream subscribed twice, put share() after the operator.',
      );
    }
    return claim.name;
  }
}

/** `<operator name>/<collection>`; the operator's name may contain slashes, a collection's does not. */
function operatorOf(state: string): string {
  return state.slice(0, state.lastIndexOf('/'));
}
