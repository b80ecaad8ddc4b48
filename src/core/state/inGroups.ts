import type { StateEntries } from './StateChanges.ts';
import type { StoredForm } from './StoredForm.ts';

/** As many entries are handed on at once. */
const GROUP = 1024;

/** Entries in groups, numbered anew, as they are written. */
export function* inGroups<K, V>(
  entries: Iterable<readonly [K, V]>,
  form: StoredForm<K, V> | undefined,
): IterableIterator<StateEntries> {
  let group: { ids: number[]; keys: unknown[]; values: unknown[] } = { ids: [], keys: [], values: [] };
  let id = 0;
  for (const [key, value] of entries) {
    group.ids.push(++id);
    group.keys.push(key);
    group.values.push(form === undefined ? value : form.encode(value, key));
    if (group.ids.length < GROUP) continue;
    yield group;
    group = { ids: [], keys: [], values: [] };
  }
  if (group.ids.length > 0) yield group;
}
