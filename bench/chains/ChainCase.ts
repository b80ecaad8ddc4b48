import type { Batch } from 'rx-dstream';
import type { Observable } from 'rxjs';

/** Takes batches of whole numbers and gives the sum of what comes out. */
export type SumOf = (batches: readonly (readonly number[])[]) => number;

/** One mix of operators in chains of different lengths, the shortest first, and what it is compared with. */
export interface ChainCase {
  readonly name: string;
  /** What the operators' functions do, for the table. */
  readonly about: string;
  readonly chains: readonly ChainOf[];
}

/** A chain of one length. */
export interface ChainOf {
  /** How many operators there are. */
  readonly length: number;
  /** With our operators. */
  ours(numbers: Observable<Batch<number>>): Observable<Batch<number>>;
  /** The same functions called in a loop written by hand: the compiler sees which and inlines them. */
  readonly byHand: SumOf;
  /** The same functions called one after another out of an array, where no case tells apart records that are left out. */
  readonly fromArray?: SumOf;
}
