import { reasonOf } from '../core/reasonOf.ts';
import { closed } from './closed.ts';
import type { Root } from './Root.ts';
import type { Run } from './Run.ts';

/** Closes what is open of these sources; the next run waits for that. One that cannot be closed is reported and left. */
export function closeSources(run: Run, roots: readonly Root[]): void {
  for (const root of roots) {
    if (!root.open) continue;
    root.open = false;
    const { source } = root;
    closed(
      () => source.close(),
      (cause) => {
        const message = `Source '${source.name}' could not be closed: ${reasonOf(cause)}`;
        run.report('SOURCE_FAILED', source.name, message, { cause });
      },
      run.track(),
    );
  }
}
