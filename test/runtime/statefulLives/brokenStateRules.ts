import type { NamedChanges } from '../../../src/checkpoint/CheckpointStore.ts';

type Change = (changes: NamedChanges) => NamedChanges;

const NOTHING = { ids: [], values: [] };

/** What a store may do wrong with the entries of a state. */
export const brokenStateRules: Readonly<Record<string, Change>> = {
  'deleted entries stay': (changes) => ({ ...changes, deleted: [] }),
  'changed entries keep their first value': (changes) => ({ ...changes, changed: NOTHING }),
  'only the first of the added entries is kept': (changes) => {
    const { ids, keys, values } = changes.added;
    return { ...changes, added: { ids: ids.slice(0, 1), keys: keys.slice(0, 1), values: values.slice(0, 1) } };
  },
  'entries are kept in the order of their keys': (changes) => {
    const { ids, keys, values } = changes.added;
    const order = ids.map((_, n) => n).sort((a, b) => (JSON.stringify(keys[a]) < JSON.stringify(keys[b]) ? -1 : 1));
    return { ...changes, added: { ids, keys: order.map((n) => keys[n]), values: order.map((n) => values[n]) } };
  },
};
