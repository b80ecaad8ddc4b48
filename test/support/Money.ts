import type { StateCodec } from '../../src/index.ts';

/** A value with methods and a private field: a structured clone has neither. */
export class Money {
  readonly #cents: bigint;

  constructor(cents: bigint | number) {
    this.#cents = BigInt(cents);
  }

  get cents(): bigint {
    return this.#cents;
  }

  plus(other: Money): Money {
    return new Money(this.#cents + other.#cents);
  }

  minus(other: Money): Money {
    return new Money(this.#cents - other.#cents);
  }

  toString(): string {
    return String(this.#cents);
  }
}

export const moneyCodec: StateCodec<Money> = {
  name: 'money',
  encode: (money) => money.cents,
  decode: (cents) => new Money(cents as bigint),
};
