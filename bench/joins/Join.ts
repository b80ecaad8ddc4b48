/** A keyed record. */
export type Keyed = readonly [key: string, value: number];

/** A joined record. */
export type Joined = readonly [key: string, values: readonly [left: number, right: number]];

/** The two sides of one batch. */
export interface Sides {
  readonly left: readonly Keyed[];
  readonly right: readonly Keyed[];
}

/** Takes the joined records of each batch. */
export type Emit = (joined: readonly Joined[]) => void;

/** Joins the sides of these batches; over when the records of all of them have been taken. */
export type JoinBatches = (batches: readonly Sides[]) => Promise<void>;

/** A pipeline that goes on from round to round, as a stream does. */
export type Join = (emit: Emit) => JoinBatches;
