import type { Life } from './World.ts';

/** The kills that were done, and where. */
export class Kills {
  readonly #bySteps = new Map<string, number>();
  #worlds = 0;
  #repeated = 0;

  get count(): number {
    return [...this.#bySteps.values()].reduce((sum, kills) => sum + kills, 0);
  }

  /** Outputs that were written again. */
  get repeated(): number {
    return this.#repeated;
  }

  /** Those at a step of this name, or at one whose name goes on after it. */
  during(step: string): number {
    const those = [...this.#bySteps].filter(([name]) => name === step || name.startsWith(`${step}:`));
    return those.reduce((sum, [, kills]) => sum + kills, 0);
  }

  add(lives: readonly Life[], repeated: number): void {
    this.#worlds++;
    this.#repeated += repeated;
    for (const { killed } of lives)
      if (killed !== undefined) this.#bySteps.set(killed, (this.#bySteps.get(killed) ?? 0) + 1);
  }

  /** For people. */
  toString(): string {
    const each = [...this.#bySteps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([step, kills]) => `${kills} ${step}`);
    return `${this.count} kills in ${this.#worlds} worlds (${each.join(', ')}), ${this.#repeated} outputs repeated`;
  }
}
