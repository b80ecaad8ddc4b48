import type { NamedChanges, StoredState } from '../checkpoint/CheckpointStore.ts';
import { StreamError } from '../core/errors.ts';
import type { CollectionOptions, OperatorState, StateClaim } from '../core/RunServices.ts';
import { KeyedState } from '../core/state/KeyedState.ts';
import { PLAIN_SHAPE, type StateShape } from '../core/state/StateOptions.ts';
import { restoredState } from './restoredState.ts';

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
  /** Names of operators whose state is dropped on purpose. */
  readonly drop: ReadonlySet<string>;
  /** An operator whose name the checkpoint does not know begins empty. */
  beganEmpty(name: string): void;
  /** So many values of a state were made anew. */
  migrated(name: string, count: number, from: number, to: number): void;
}

/** A collection of this run. */
interface Claimed {
  readonly keyed: KeyedState<unknown, unknown>;
  readonly version: number;
  /** What the checkpoint has under its name is replaced by the next settlement. */
  replaces: boolean;
}

/** Where it says by which codec the values of an operator were written, if by one. */
const CODEC = 'codec';

/** The states of one run: restored by name, claimed by operators, asked for their changes when a batch settles. */
export class States {
  readonly #options: StatesOptions;
  readonly #claimed = new Map<string, Map<string, Claimed>>();
  /** Collections that are gone with the next settlement. */
  #dropped: string[];

  constructor(options: StatesOptions) {
    this.#options = options;
    this.#dropped = [...options.restored.keys()].filter((state) => options.drop.has(operatorOf(state)));
  }

  claim(claim: StateClaim): OperatorState {
    const name = this.#nameOf(claim);
    const { declared, storedCodec } = this.#shapeOf(name, claim);
    const { restored, freeze } = this.#options;
    const collections: Map<string, Claimed> = new Map();
    const parts = new Set<string>();
    this.#claimed.set(name, collections);
    if (!this.#knows(name)) this.#options.beganEmpty(name);
    const collection = <K, V>(part: string, options: CollectionOptions<K, V> = {}): KeyedState<K, V> => {
      parts.add(part);
      const shape = { state: name, declared, storedCodec, freeze };
      const stored = restored.get(`${name}/${part}`);
      const { keyed, version, replaces, migratedFrom } = restoredState(shape, stored, options);
      if (migratedFrom !== undefined) this.#options.migrated(name, keyed.size, migratedFrom, version);
      collections.set(part, { keyed: keyed as unknown as KeyedState<unknown, unknown>, version, replaces });
      return keyed;
    };
    if (storedCodec !== undefined || declared.codec !== undefined) {
      const codec = collection<typeof CODEC, string>(CODEC);
      if (declared.codec === undefined) codec.delete(CODEC);
      else codec.set(CODEC, declared.codec.name);
    }
    return {
      name,
      collection,
      forget: (part) => {
        parts.add(part);
        if (restored.has(`${name}/${part}`)) this.#dropped.push(`${name}/${part}`);
      },
      complete: () => this.#assertComplete(claim.operator, name, parts),
    };
  }

  /** Names in the checkpoint that no operator of this run has claimed so far, but for those that are dropped. */
  unclaimed(): readonly string[] {
    return this.#restoredNames().filter((name) => !this.#claimed.has(name) && !this.#options.drop.has(name));
  }

  /** Names in the checkpoint that are dropped on purpose. */
  droppedNames(): readonly string[] {
    return this.#restoredNames().filter((name) => this.#options.drop.has(name));
  }

  /** What changed in all states since the last call. */
  takeChanges(): readonly NamedChanges[] {
    const changes: NamedChanges[] = [];
    for (const [name, collections] of this.#claimed) {
      for (const [part, claimed] of collections) {
        const { keyed, version, replaces } = claimed;
        const named = { state: `${name}/${part}`, version, ...(replaces ? { replaces } : {}) };
        changes.push(Object.assign(keyed.takeChanges(), named));
        claimed.replaces = false;
      }
    }
    return changes;
  }

  /** The collections that are gone with the next settlement; each is told once. */
  takeDropped(): readonly string[] {
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }

  /** The run is over: what lies outside memory is let go, as far as no checkpoint in memory refers to it. */
  close(): void {
    for (const collections of this.#claimed.values()) for (const { keyed } of collections.values()) keyed.close();
  }

  /** A part that this operator does not know was written by one of another kind, to which the others would mean something else. */
  #assertComplete(operator: string, name: string, parts: ReadonlySet<string>): void {
    const { restored } = this.#options;
    const others = [...restored].filter(([state, stored]) => {
      return operatorOf(state) === name && !parts.has(state.slice(name.length + 1)) && hasEntries(stored);
    });
    if (others.length === 0) return;
    throw new StreamError(
      'STATE_UNREADABLE',
      `${operator}: the state '${name}' was written by an operator of another kind: the checkpoint has ${others.map(([state]) => `'${state}'`).join(', ')}, ` +
        `which ${operator} does not keep. Give it another { name }; the old state is kept until new StreamingContext({ dropStates: ['${name}'] }). Nothing has been changed.`,
      { details: { state: name, operator, others: others.map(([state]) => state) } },
    );
  }

  #restoredNames(): readonly string[] {
    return [...new Set([...this.#options.restored.keys()].map(operatorOf))];
  }

  #knows(name: string): boolean {
    return this.#restoredNames().includes(name);
  }

  /** What the values of an operator are like by its own word, and by that of the checkpoint. */
  #shapeOf(
    name: string,
    { shape = PLAIN_SHAPE }: StateClaim,
  ): { declared: StateShape; storedCodec: string | undefined } {
    const stored = this.#options.restored.get(`${name}/${CODEC}`);
    const codec = new KeyedState<typeof CODEC, string>(stored?.entries);
    return { declared: shape, storedCodec: codec.get(CODEC) };
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
    if (this.#options.drop.has(claim.name)) {
      throw new StreamError(
        'INVALID_ARGUMENT',
        `${claim.operator}: its state '${claim.name}' is to be dropped by new StreamingContext({ dropStates }), and claimed by this operator. ` +
          'Take the name out of dropStates to keep the state, or give the operator another name to begin empty.',
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

function hasEntries({ entries }: StoredState): boolean {
  for (const { ids } of entries) if (ids.length > 0) return true;
  return false;
}
