import type { ChosenFile, DirectoryPosition } from './directoryPosition.ts';
import { type FileWindow, fileWindow, isInWindow } from './fileWindow.ts';

/** Decides which of the files that are there are new, by Spark's rules, and remembers what it has selected. */
export class FileSelection {
  readonly #since: number;
  readonly #minRememberMs: number;
  /** Oldest first; the arrays are never changed, since positions share them. */
  #recent: DirectoryPosition['recent'];
  readonly #known: Set<string>;
  #time: number | undefined;
  #timeBefore: number | undefined;

  /** `position` is where a run before ended; without one, files modified at `since` or before are old. */
  constructor(minRememberMs: number, since: number, position: DirectoryPosition | undefined) {
    this.#minRememberMs = minRememberMs;
    this.#since = position?.since ?? since;
    this.#time = position?.time;
    this.#recent = position?.recent ?? [];
    this.#known = new Set(this.#recent.flatMap(([, names]) => names));
  }

  /** When the directory was last listed. */
  get time(): number | undefined {
    return this.#time;
  }

  get since(): number {
    return this.#since;
  }

  get recent(): DirectoryPosition['recent'] {
    return this.#recent;
  }

  /** The window of the listing at `time`. What is older than it is forgotten. */
  begin(time: number, intervalMs: number): FileWindow {
    const window = fileWindow({
      time,
      previous: this.#time,
      intervalMs,
      minRememberMs: this.#minRememberMs,
      since: this.#since,
    });
    const kept = this.#recent.findIndex(([selectedAt]) => selectedAt >= window.forgetBefore);
    const old = kept < 0 ? this.#recent : this.#recent.slice(0, kept);
    for (const [, names] of old) for (const name of names) this.#known.delete(name);
    if (old.length > 0) this.#recent = this.#recent.slice(old.length);
    this.#timeBefore = this.#time;
    this.#time = time;
    return window;
  }

  /** Nothing could be listed: the next window reaches back as far as this one, however long that lasts. */
  missed(): void {
    this.#time = this.#timeBefore;
  }

  isKnown(name: string): boolean {
    return this.#known.has(name);
  }

  /** The new files among those found, the oldest first, those of the same millisecond by name. */
  select(found: readonly ChosenFile[], window: FileWindow): readonly ChosenFile[] {
    const chosen = found
      .filter(([name, , modifiedMs]) => isInWindow(modifiedMs, window) && !this.#known.has(name))
      .sort(([a, , first], [b, , second]) => first - second || (a < b ? -1 : 1));
    if (chosen.length === 0) return chosen;
    const names = chosen.map(([name]) => name);
    for (const name of names) this.#known.add(name);
    this.#recent = [...this.#recent, [window.until, names]];
    return chosen;
  }
}
