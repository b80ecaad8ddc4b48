import type { Join, Joined } from './Join.ts';

/** A hash join by hand: a list of values for each key of one side, looked up for each record of the other. */
export const listsByHand: Join = (emit) => async (batches) => {
  for (const { left, right } of batches) {
    const values = new Map<string, number[]>();
    for (const [key, value] of right) {
      const known = values.get(key);
      if (known === undefined) values.set(key, [value]);
      else known.push(value);
    }
    const joined: Joined[] = [];
    for (const [key, value] of left) {
      const matches = values.get(key);
      if (matches === undefined) continue;
      for (const match of matches) joined.push([key, [value, match]]);
    }
    emit(joined);
  }
};

/** The least that can be done, by somebody who knows that no key comes twice on the right. */
export const uniqueByHand: Join = (emit) => async (batches) => {
  for (const { left, right } of batches) {
    const values = new Map<string, number>();
    for (const [key, value] of right) values.set(key, value);
    const joined: Joined[] = [];
    for (const [key, value] of left) {
      const match = values.get(key);
      if (match !== undefined) joined.push([key, [value, match]]);
    }
    emit(joined);
  }
};

/** Each record against each: what a `filter` inside a `flatMap` does. */
export const nestedLoop: Join = (emit) => async (batches) => {
  for (const { left, right } of batches) {
    emit(
      left.flatMap(([key, value]) =>
        right.filter(([other]) => other === key).map(([, match]): Joined => [key, [value, match]]),
      ),
    );
  }
};
