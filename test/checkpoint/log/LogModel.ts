import type { NamedChanges, PlannedBatch, Settlement } from '../../../src/checkpoint/CheckpointStore.ts';
import { type Kept, type KeptEntry, type KeptState, NOTHING } from '../../../src/testing/checkpoint/kept.ts';
import { batchAt, type ChangeRows, changesOf, cutOf } from '../../../src/testing/checkpoint/writing.ts';
import type { Seeded } from '../../support/seeded.ts';

const STATES = ['a/keys', 'b/keys', 'c/keys'] as const;
const SOURCES = ['lines', 'clicks'] as const;

/** What a checkpoint should hold, kept in the plainest way, and random calls that change it. */
export class LogModel {
  /** As it should be now. Never changed in place. */
  now: Kept = NOTHING;
  readonly #random: Seeded;
  /** Ids that were given in this life; a new life begins after those that it finds. */
  #nextId = 0;

  constructor(random: Seeded) {
    this.#random = random;
  }

  /** A new life finds this. */
  become(found: Kept): void {
    this.now = found;
    const ids = Object.values(found.states).flatMap(({ entries }) => entries.map(([id]) => id));
    this.#nextId = Math.max(-1, ...ids) + 1;
  }

  plan(): PlannedBatch {
    const time = (this.now.lastTime ?? 0) + 1000;
    const sources = SOURCES.filter(() => this.#random.int(0, 3) > 0);
    const batch = batchAt(time, Object.fromEntries(sources.map((source) => [source, cutOf(source, time, time + 1)])));
    this.now = { ...this.now, lastTime: time, unsettled: [...this.now.unsettled, batch] };
    return batch;
  }

  settle(): Settlement {
    const { unsettled } = this.now;
    const time = this.#random.pick(unsettled).time;
    const left = this.#random.int(0, 9) === 0 ? [this.#random.pick(SOURCES)] : [];
    const positions = SOURCES.filter(() => this.#random.int(0, 1) === 0).map((source) => [source, { time }] as const);
    const states = STATES.filter(() => this.#random.int(0, 2) > 0).map((state) => this.#changes(state));
    const dropped = this.#random.int(0, 19) === 0 ? [this.#random.pick(STATES)] : [];
    this.now = {
      ...this.now,
      unsettled: unsettled
        .filter((batch) => batch.time > time)
        .map((batch) => ({ ...batch, cuts: batch.cuts.filter(({ source }) => !left.some((one) => one === source)) }))
        .filter(({ cuts }) => left.length === 0 || cuts.length > 0),
      positions: { ...this.now.positions, ...Object.fromEntries(positions) },
      states: Object.fromEntries(
        Object.entries(this.now.states).filter(([state]) => !dropped.some((one) => one === state)),
      ),
    };
    return { time, positions, states, left, dropped };
  }

  #changes(state: string): NamedChanges {
    const before: KeptState = this.now.states[state] ?? { version: 0, entries: [] };
    const replaces = this.#random.int(0, 19) === 0;
    const version = replaces ? before.version + 1 : before.version;
    const rows = this.#rows(replaces ? [] : before.entries);
    const changed = new Map(rows.changed);
    const kept = replaces ? [] : before.entries.filter(([id]) => !rows.deleted.includes(id));
    const entries = [
      ...kept.map(([id, key, value]): KeptEntry => [id, key, changed.has(id) ? changed.get(id) : value]),
      ...rows.added,
    ];
    this.now = { ...this.now, states: { ...this.now.states, [state]: { version, entries } } };
    return changesOf(state, { ...rows, version, replaces });
  }

  #rows(entries: readonly KeptEntry[]): Required<Pick<ChangeRows, 'deleted' | 'changed' | 'added'>> {
    const all = this.#random.int(0, 15) === 0;
    const deleted = entries.filter(() => all || this.#random.int(0, 9) === 0).map(([id]) => id);
    const changed = entries
      .filter(([id]) => !deleted.includes(id) && this.#random.int(0, 3) === 0)
      .map(([id]) => [id, this.#value()] as const);
    const added = this.#random.list(0, 6, (): KeptEntry => {
      this.#nextId += this.#random.pick([1, 1, 1, 3]);
      return [this.#nextId, `key ${this.#nextId}`, this.#value()];
    });
    return { deleted, changed, added };
  }

  #value(): unknown {
    const n = this.#random.int(0, 99);
    return this.#random.pick([n, n, `text ${n}`, { n, list: [n] }, -0, undefined]);
  }
}
