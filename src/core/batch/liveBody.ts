import type { BatchBody, Visit } from './Batch.ts';
import type { Scope } from './Scope.ts';

/**
 * A view of state as it is after this batch, without copying it. Later batches change the state only after this one has
 * settled; if it stays readable longer, because no output saw it, the view is copied before they do.
 */
export function liveBody<T>(scope: Scope, visitAll: (visit: Visit<T>) => void): BatchBody<T> {
  let copy: T[] | undefined;
  scope.atUnseen(() => {
    const records: T[] = [];
    visitAll((record) => {
      records.push(record);
    });
    copy = records;
  });
  return {
    run(visit) {
      if (copy === undefined) return visitAll(visit);
      for (const record of copy) if (visit(record) === false) return;
    },
  };
}
