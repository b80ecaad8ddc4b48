import type { CheckpointContents } from '../checkpoint/CheckpointStore.ts';
import { sourceFailed } from './failures.ts';
import { positionOf } from './positionOf.ts';
import type { Root } from './Root.ts';
import type { Run } from './Run.ts';

/** Opens the sources of a run one after another, each where the checkpoint says that it goes on; `wake` is what they call when something arrives. */
export function openSources(run: Run, contents: CheckpointContents, wake: () => void, then: () => void): void {
  const roots = [...run.roots];
  const next = (): void => {
    const root = roots.shift();
    if (root === undefined) return then();
    if (root.gone) return next();
    open(run, root, contents, wake, next);
  };
  next();
}

function open(run: Run, root: Root, contents: CheckpointContents, wake: () => void, then: () => void): void {
  const { source } = root;
  const position = positionOf(source.name, contents);
  const { scheduler, signal, warnings } = run;
  // With nothing settled yet, no record is missing from a state that begins empty.
  if (contents.positions.has(source.name)) warnings.resumed = true;
  root.open = true;
  run.ask(
    () =>
      source.open({
        position,
        scheduler,
        signal,
        wake,
        report(report) {
          if (report.code === 'RESUMED' && position === undefined) warnings.resumed = true;
          run.parts.progress({ type: 'report', subject: source.name, ...report });
        },
      }),
    then,
    (error) => {
      if (root.gone) then();
      else sourceFailed(source.name, 'open')(error);
    },
  );
}
