import type { StoredState } from '../checkpoint/CheckpointStore.ts';
import { StreamError } from '../core/errors.ts';
import { ownIdentity } from '../core/keys/keyIdentity.ts';
import type { CollectionOptions } from '../core/RunServices.ts';
import { CachedPlaces } from '../core/state/CachedPlaces.ts';
import { CachedValues } from '../core/state/CachedValues.ts';
import { KeyedState } from '../core/state/KeyedState.ts';
import type { StateShape } from '../core/state/StateOptions.ts';
import { migrated, plainValues, type StoredForm, storedForm } from '../core/state/StoredForm.ts';
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
  /** All its entries were made anew, and are to replace what the checkpoint has. */
  readonly replaces: boolean;
  /** The version of what they were made of, if that is an older one. */
  readonly migratedFrom: number | undefined;
}

/**
 * A collection as the checkpoint had it, with values as this code wants them. Values of an older version or of another form are made
 * anew, all of them, and reported as such; what the code cannot read ends the run before anything is written.
 */
export function restoredState<K, V>(
  shape: ShapeOfState,
  stored: StoredState | undefined,
  options: CollectionOptions<K, V>,
): RestoredState<K, V> {
  const { state, declared, freeze } = shape;
  const { identify = ownIdentity, valuesIn, onRestored } = options;
  const form = valuesIn === undefined ? undefined : storedForm<K, V>(state, declared, valuesIn);
  const places = placesOf(shape, form, options);
  try {
    const check = valuesIn && plainValues(state, declared, valuesIn);
    const kept = { identify, freeze, form, check, onRestored, places };
    const version = valuesIn === undefined ? 0 : declared.version;
    const made = stored === undefined ? undefined : madeAnew(shape, stored, options);
    if (stored === undefined || made === undefined) {
      return { keyed: new KeyedState(stored?.entries, kept), version, replaces: false, migratedFrom: undefined };
    }
    const keyed = new KeyedState<K, V>([], kept);
    for (const { keys, values } of stored.entries) {
      for (let n = 0; n < keys.length; n++) {
        const value = made(values[n], keys[n] as K);
        const place = keyed.put(keys[n] as K, value);
        onRestored?.(place, value);
      }
    }
    return { keyed, version, replaces: true, migratedFrom: stored.version < version ? stored.version : undefined };
  } catch (error) {
    places?.close();
    throw error;
  }
}

/** Where keys and values are, if not all of them are in memory. */
function placesOf<K, V>(
  { state, freeze }: ShapeOfState,
  form: StoredForm<K, V> | undefined,
  { values }: CollectionOptions<K, V>,
): CachedPlaces<K, V> | undefined {
  return values && new CachedPlaces(new CachedValues(values, values.open(state), { form, freeze }));
}

/** What makes entries of an older version, or of another form; `undefined` if they are as they should be. */
function madeAnew<K, V>(
  shape: ShapeOfState,
  stored: StoredState,
  { valuesIn, restoredIn = valuesIn ?? wholeValue, reform }: CollectionOptions<K, V>,
): ((stored: unknown, key: K) => V) | undefined {
  if (valuesIn === undefined) return undefined;
  const { state, declared } = shape;
  const isOlder = stored.version < declared.version;
  if (!isOlder) assertReadable(shape, stored.version);
  if (!isOlder && reform === undefined) return undefined;
  const read = isOlder
    ? migrated<K, V>(state, migration(shape, stored.version), stored.version, restoredIn)
    : storedForm<K, V>(state, declared, valuesIn, restoredIn)?.decode;
  if (reform === undefined) return read;
  return (value, key) => reform((read === undefined ? value : read(value, key)) as never);
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
