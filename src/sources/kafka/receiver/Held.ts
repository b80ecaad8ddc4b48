import type { Waits } from '../../Waits.ts';
import type { Claim } from './Claim.ts';

/**
 * Who of this process has which partition: the next to get it waits until the one before has stored what came of it, so that both
 * agree on how far it is in the log.
 */
export class Held {
  readonly #claims = new Map<string, Claim>();
  #watchers: (() => void)[] = [];

  /** Resolves when the partition is the claim's; rejects when its waits end. */
  async take(claim: Claim, waits: Waits): Promise<void> {
    while (this.#claims.has(claim.key)) await waits.untilEnd<void>((resolve) => this.#watchers.push(resolve));
    waits.signal.throwIfAborted();
    this.#claims.set(claim.key, claim);
  }

  give(claim: Claim): void {
    if (this.#claims.get(claim.key) !== claim) return;
    this.#claims.delete(claim.key);
    for (const look of this.#watchers.splice(0)) look();
  }
}
