import { join } from 'node:path';
import { reasonOf } from '../../core/reasonOf.ts';
import type { SourceReport } from '../Source.ts';
import type { FileWindow } from './fileWindow.ts';
import type { Listing } from './listFolders.ts';

/** How many names a message shows. */
const SHOWN = 3;

/** Says what is noteworthy about the directory: once, until it is over. What it remembers is no more than what is there. */
export class DirectoryReports {
  readonly #name: string;
  readonly #base: string;
  #report: (report: SourceReport) => void = () => {};
  #troubles: ReadonlySet<string> = new Set();
  #special: ReadonlySet<string> = new Set();
  #troubleAtCut: string | undefined;
  /** What the listing before found; nothing before the first. */
  #names: ReadonlySet<string> | undefined;

  constructor(name: string, base: string) {
    this.#name = name;
    this.#base = base;
  }

  begin(report: (report: SourceReport) => void): void {
    this.#report = report;
    this.#troubles = new Set();
    this.#special = new Set();
    this.#troubleAtCut = undefined;
    this.#names = undefined;
  }

  /** After each cut: the file that could not be looked at, if there was one. */
  cut(trouble: { readonly path: string; readonly error: unknown } | undefined): void {
    if (trouble !== undefined && trouble.path !== this.#troubleAtCut) {
      const { path, error: cause } = trouble;
      const message = `${this.#name}: ${path} cannot be read for now (${reasonOf(cause)}); tries again at each batch.`;
      this.#report({ code: 'SOURCE_UNAVAILABLE', message, cause, details: { path } });
    }
    this.#troubleAtCut = trouble?.path;
  }

  listed(listing: Listing, window: FileWindow): void {
    this.#tellTroubles(listing);
    this.#tellSpecial(listing);
    this.#tellLate(listing, window);
    this.#names = listing.names;
  }

  #tellTroubles({ troubles }: Listing): void {
    for (const [place, cause] of troubles) {
      if (this.#troubles.has(place)) continue;
      const path = join(this.#base, place);
      const isFile = (cause as { readonly code?: unknown } | undefined)?.code === 'ENOTDIR';
      const advice = isFile ? ' A single file is read with tailFile; here the path is that of a directory.' : '';
      const message = `${this.#name}: ${path} cannot be looked at for now (${reasonOf(cause)}); tries again at each batch.${advice}`;
      this.#report({ code: 'SOURCE_UNAVAILABLE', message, cause, details: { path } });
    }
    this.#troubles = new Set(troubles.keys());
  }

  #tellSpecial({ special }: Listing): void {
    for (const place of special) {
      if (this.#special.has(place)) continue;
      const path = join(this.#base, place);
      const message = `${this.#name}: ${path} is a pipe, a socket or a device and is not read.`;
      this.#report({ code: 'FILE_SKIPPED', message, details: { path } });
    }
    this.#special = new Set(special);
  }

  /** A file that came too late, as by a rename long after it was written, is never read: Spark's rule. */
  #tellLate({ files }: Listing, { after }: FileWindow): void {
    const before = this.#names;
    if (before === undefined) return;
    const late = files.filter(([name, , modifiedMs]) => modifiedMs <= after && !before.has(name)).map(([name]) => name);
    if (late.length === 0) return;
    const shown = late.slice(0, SHOWN).join(', ') + (late.length > SHOWN ? ', ...' : '');
    const message =
      `${this.#name}: ${late.length} files appeared that were last modified too long ago, and are not read: ${shown}. ` +
      'Rename promptly, touch them, or raise minRememberDuration.';
    this.#report({ code: 'FILE_SKIPPED', message, count: late.length, details: { names: late.slice(0, SHOWN) } });
  }
}
