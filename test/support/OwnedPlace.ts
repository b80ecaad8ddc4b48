import type {
  CheckpointContents,
  CheckpointStore,
  PlannedBatch,
  Settlement,
} from '../../src/checkpoint/CheckpointStore.ts';
import { type Answer, promised } from '../../src/core/Answer.ts';
import { type ErrorCode, StreamError } from '../../src/core/errors.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';

/** A place in memory that durable stores share, with everything the contract has: one owner at a time, savepoints. */
export class OwnedPlace {
  readonly kept: CheckpointStore = clonedCheckpoint();
  readonly savepoints: Map<string, CheckpointContents> = new Map();
  owner: OwnedStore | undefined;
  isAbandoned = false;

  open(): OwnedStore {
    return new OwnedStore(this);
  }

  abandon(): void {
    this.isAbandoned = true;
  }

  contents(): CheckpointContents {
    return this.kept.load() as CheckpointContents;
  }
}

/** One process's store on an {@link OwnedPlace}; every answer is a promise. */
export class OwnedStore implements CheckpointStore {
  readonly name: string = 'owned';
  readonly durable: boolean = true;
  readonly place: OwnedPlace;
  #failure: unknown;

  constructor(place: OwnedPlace) {
    this.place = place;
  }

  async load(): Promise<CheckpointContents> {
    const { place } = this;
    if (place.owner !== undefined && !place.isAbandoned) throw refused('CHECKPOINT_OWNED');
    place.owner = this;
    place.isAbandoned = false;
    this.#failure = undefined;
    return place.contents();
  }

  async plan(batch: PlannedBatch): Promise<void> {
    this.#write(() => this.place.kept.plan(batch));
  }

  async settle(settlement: Settlement): Promise<void> {
    this.#write(() => this.place.kept.settle(settlement));
  }

  async close(): Promise<void> {
    if (this.place.owner === this) this.place.owner = undefined;
  }

  async savepoint(name: string): Promise<void> {
    this.#write(() => this.place.savepoints.set(name, this.place.contents()));
  }

  async inspect<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Promise<T> {
    const { savepoints } = this.place;
    const contents = savepoint === undefined ? this.place.contents() : savepoints.get(savepoint);
    if (contents === undefined) throw refused('INVALID_ARGUMENT', `${savepoint}`);
    return promised(() => use(contents));
  }

  #write(write: () => unknown): void {
    if (this.place.owner !== this) throw refused('CHECKPOINT_TAKEN');
    if (this.#failure !== undefined) throw this.#failure;
    try {
      write();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

function refused(code: ErrorCode, what = ''): StreamError {
  return new StreamError(code, `${code} ${what}`);
}
