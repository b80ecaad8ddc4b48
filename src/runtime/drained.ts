import type { Asking } from './Commits.ts';
import { sourceFailed } from './failures.ts';
import type { Root } from './Root.ts';

/** Lets these sources take nothing more in from outside, all at once; `then` is called when what they had taken in is there to be cut. */
export function drained(asking: Asking, roots: readonly Root[], then: () => void): void {
  const waiting = new Set(roots.filter(({ cutting, source }) => cutting && source.drain !== undefined));
  const done = (root: Root): void => {
    if (waiting.delete(root) && waiting.size === 0) then();
  };
  if (waiting.size === 0) return then();
  for (const root of [...waiting]) {
    asking.ask(
      () => root.source.drain?.(),
      () => done(root),
      (error) => {
        if (!root.gone) sourceFailed(root.source.name, 'drain')(error);
        done(root);
      },
    );
  }
}
