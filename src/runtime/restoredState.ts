import type { StoredState } from '../checkpoint/CheckpointStore.ts';
import { StreamError } from '../core/errors.ts';
import { ownIdentity } from '../core/keys/keyIdentity.ts';
import type { CollectionOptions } from '../core/RunServices.ts';
import { KeyedState } from '../core/state/KeyedState.ts';
import type { StateShape } from '../core/state/StateOptions.ts';
import { migrated, storedForm } from '../core/state/StoredForm.ts';
import { wholeValue } from '../core/state/ValuesIn.ts';

/** What an operator says of the values of its state, and what the checkpoint says. */
export interface ShapeOfState {
  /** The operator's name. */
  readonly state: string;
  readonly declared: StateShape;
  /** The name of the codec that wrote what is kept. */
  readonly storedCodec: string | undefined;
  readonly freeze: boolean;
}

/** A collection with what the checkpoint had of it. */
export interface RestoredState<K, V> {
  readonly keyed: KeyedState<K, V>;
  readonly version: number;
  /** The entries that were made anew, out of an older version; `undefined` where they came as they were. */
  readonly migratedFrom: number | undefined;
}

/**
 * A collection as the checkpoint had it, with values as this code wants them. Values of an older version are made anew, all of
 * them, and reported as such; what the code cannot read ends the run before anything is written.
 */
export function restoredState<K, V>(
  shape: ShapeOfState,
  stored: StoredState | undefined,
  { identify = ownIdentity, valuesIn, restoredIn = valuesIn ?? wholeValue }: CollectionOptions<K, V>,
): RestoredState<K, V> {
  const { state, declared, freeze } = shape;
  if (valuesIn === undefined) {
    return { keyed: new KeyedState<K, V>(stored?.entries, { identify, freeze }), version: 0, migratedFrom: undefined };
  }
  const { version } = declared;
  const form = storedForm<K, V>(state, declared, valuesIn, restoredIn);
  if (stored !== undefined && stored.version < version) {
    const keyed = new KeyedState<K, V>([], { identify, freeze, form });
    const made = migrated<K, V>(state, migration(shape, stored.version), stored.version, restoredIn);
    for (const { keys, values } of stored.entries) {
      for (let n = 0; n < keys.length; n++) keyed.put(keys[n] as K, made(values[n], keys[n] as K));
    }
    return { keyed, version, migratedFrom: stored.version };
  }
  if (stored !== undefined) assertReadable(shape, stored.version);
  return { keyed: new KeyedState<K, V>(stored?.entries, { identify, freeze, form }), version, migratedFrom: undefined };
}

function migration(shape: ShapeOfState, from: number): NonNullable<StateShape['migrate']> {
  const { version, migrate } = shape.declared;
  if (migrate !== undefined) return migrate;
  throw refused('STATE_UNREADABLE', shape, from, [
    `its values have the shape of version ${from}, this code declares version ${version} and no migrate. `,
    'Add { migrate: (stored, version) => ... }, which makes new values of them',
  ]);
}

function assertReadable(shape: ShapeOfState, storedVersion: number): void {
  const { declared, storedCodec } = shape;
  if (storedVersion > declared.version) {
    throw refused('CHECKPOINT_NEWER', shape, storedVersion, [
      `its values have the shape of version ${storedVersion}, written by newer code; this code declares version ${declared.version}. `,
      'Run the newer code again',
    ]);
  }
  if (storedCodec === declared.codec?.name) return;
  throw refused('STATE_UNREADABLE', shape, storedVersion, [
    `its values were written ${byCodec(storedCodec)}, this code reads them ${byCodec(declared.codec?.name)}. `,
    `Raise { version } to ${declared.version + 1} and add { migrate: (stored) => ... }, which gets them as they were written`,
  ]);
}

function byCodec(name: string | undefined): string {
  return name === undefined ? 'without a codec' : `by the codec '${name}'`;
}

/** What is the matter, and the choices. */
function refused(
  code: 'STATE_UNREADABLE' | 'CHECKPOINT_NEWER',
  { state, declared, storedCodec }: ShapeOfState,
  stored: number,
  [why, first]: readonly [string, string],
): StreamError {
  return new StreamError(
    code,
    `The state '${state}' cannot be read: ${why}${first}; or begin empty under another { name }, ` +
      `and drop this state with new StreamingContext({ dropStates: ['${state}'] }). Nothing has been changed.`,
    {
      details: {
        state,
        stored,
        declared: declared.version,
        storedCodec: storedCodec ?? null,
        declaredCodec: declared.codec?.name ?? null,
      },
    },
  );
}
