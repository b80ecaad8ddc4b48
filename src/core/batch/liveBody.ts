import type { BatchBody, Visit } from './Batch.ts';
import type { Scope } from './Scope.ts';

/**
 * A view of state as it is after this batch, without copying it. Later batches change the state only after this one has
 * settled; if it stays readable longer, because no output saw it, the view is copied before they do: at once where that was
 * known before (several batches that `bufferCount` had collected).
 */
export function liveBody<T>(scope: Scope, visitAll: (visit: Visit<T>) => void): BatchBody<T> {
  let copy: T[] | undefined;
  const keep = (): void => {
    const records: T[] = [];
    visitAll((record) => {
      records.push(record);
    });
    copy = records;
  };
  if (scope.state === 'unseen') keep();
  else scope.atUnseen(keep);
  return {
    run(visit) {
      if (copy === undefined) return visitAll(visit);
      for (const record of copy) if (visit(record) === false) return;
    },
  };
}
