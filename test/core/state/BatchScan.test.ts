import { expect, it } from 'vitest';
import {
  dropDuplicates,
  groupByKeyAndWindow,
  mapWithState,
  reduceByKeyAndWindow,
  remember,
  updateStateByKey,
  updateStates,
  windowBatches,
} from '../../../src/operators/index.ts';

const named = {
  dropDuplicates: (name: never) => dropDuplicates({ atMost: 1, name }),
  groupByKeyAndWindow: (name: never) => groupByKeyAndWindow({ window: 1000, name }),
  mapWithState: (name: never) => mapWithState(() => 1, { name }),
  reduceByKeyAndWindow: (name: never) => reduceByKeyAndWindow((a) => a, { window: 1000, name }),
  remember: (name: never) => remember(1000, { name }),
  updateStateByKey: (name: never) => updateStateByKey(() => 1, { name }),
  updateStates: (name: never) => updateStates(() => [], { name }),
  windowBatches: (name: never) => windowBatches({ window: 1000, name }),
};

it.each(Object.entries(named))('%s refuses a name that is no text, where it is written', (operator, make) => {
  for (const name of [42, '', {}, null]) {
    expect(() => make(name as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(`${operator}({ name })`) }),
    );
  }
});
