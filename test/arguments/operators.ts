/** The arguments of every operator. One that is exported and not here does not compile. */
import type * as operators from '../../src/operators/index.ts';
import {
  type ArgumentsOf,
  choice,
  fn,
  iterable,
  oneThat,
  optional,
  options,
  prompt,
  stream,
  streams,
  text,
  whole,
  wholeOrInfinity,
} from './Argument.ts';

const key = { keyOf: optional(fn) };
const state = {
  name: optional(text),
  version: optional(whole(0)),
  migrate: optional(prompt),
  codec: optional(oneThat({}, 5, 'text', [])),
};
const values = { values: optional(oneThat({}, 5, 'text', [])) };
const initial = { initial: optional(iterable) };
const window = { window: whole(1), slide: optional(whole(1)), name: optional(text) };
const keyed = optional(options(key));
const concurrency = optional(options({ concurrency: optional(wholeOrInfinity(1)) }));
/** An aggregate that all keys would share is refused. */
const zero = { right: '', wrong: [[], {}] };

export const operatorArguments: ArgumentsOf<typeof operators> = {
  aggregateByKey: [zero, prompt, keyed],
  cogroup: [stream, keyed],
  combineByKey: [prompt, prompt, keyed],
  countByValue: [keyed],
  countByValueAndWindow: [options({ ...window, ...key })],
  countByWindow: [options(window)],
  countRecords: [],
  dropDuplicates: [
    options({
      by: optional(prompt),
      // It, or `atMost`.
      within: { ...optional(wholeOrInfinity(1)), right: 1000 },
      atMost: optional(wholeOrInfinity(1)),
      name: optional(text),
    }),
  ],
  filterRecords: [prompt],
  flatMapRecords: [prompt],
  flatMapValues: [prompt],
  foldByKey: [zero, prompt, keyed],
  fullOuterJoin: [stream, keyed],
  groupByKey: [keyed],
  groupByKeyAndWindow: [options({ ...window, ...key, ...state })],
  join: [stream, keyed],
  joinTable: [
    oneThat([], 5, 'text', {}, [][Symbol.iterator]()),
    optional(
      options({
        ...key,
        kind: optional(choice('join', 'leftOuterJoin')),
        reloadEvery: optional(wholeOrInfinity(1)),
        name: optional(text),
      }),
    ),
  ],
  leftOuterJoin: [stream, keyed],
  mapChunks: [whole(1), fn, concurrency],
  mapRecords: [prompt],
  mapRecordsAsync: [fn, concurrency],
  mapValues: [prompt],
  mapWithState: [prompt, optional(options({ ...key, ...state, ...values, ...initial, timeout: optional(whole(1)) }))],
  persist: [],
  reduceByKey: [prompt, keyed],
  reduceByKeyAndWindow: [
    prompt,
    options({ ...window, ...key, ...state, inverse: optional(prompt), filter: optional(prompt) }),
  ],
  reduceByWindow: [prompt, options({ ...window, ...state, inverse: optional(prompt) })],
  reduceRecords: [prompt],
  remember: [whole(1), optional(options(state))],
  rightOuterJoin: [stream, keyed],
  sortRecords: [prompt],
  split: [stream, oneThat({ all: 'otherwise' }, 5, 'text', () => true, [], new Map())],
  stateSnapshots: [],
  takeRecords: [whole(0)],
  topRecords: [whole(0), prompt, optional(options({ first: optional(choice('largest', 'smallest')) }))],
  transform: [fn],
  transformOf: [streams, fn],
  transformWith: [stream, fn],
  unionBatches: [stream],
  unionOf: [stream],
  updateStateByKey: [prompt, optional(options({ ...key, ...state, ...values, ...initial }))],
  updateStates: [prompt, optional(options({ ...key, ...state, ...initial }))],
  windowBatches: [options({ ...window, ...state })],
};
