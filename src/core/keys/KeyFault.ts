/** A user function threw while it was given this key: carries the key to where the batch is known. Never leaves an operator. */
export class KeyFault<K> {
  readonly key: K;
  readonly cause: unknown;

  constructor(key: K, cause: unknown) {
    this.key = key;
    this.cause = cause;
  }
}
