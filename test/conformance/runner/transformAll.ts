import { transformWith } from 'rx-dstream';
import type { BatchFunction } from './batchFunctions.ts';
import type { Stream } from './steps.ts';

/**
 * One function over the batches of the same time of several streams: `transformWith` for two, and for more by gathering the
 * sides one after another in a batch of one record, the list of sides.
 */
export function transformAll(streams: readonly Stream[], change: BatchFunction): Stream {
  const [first, second, ...rest] = streams as [Stream, Stream, ...Stream[]];
  if (rest.length === 0) {
    return first.pipe(transformWith(second, (left, right) => change(left.records, right.records)));
  }
  const gathered = first.pipe(transformWith(second, (left, right) => [[left.records, right.records]]));
  return rest.reduce<Stream>((sides, stream, at) => {
    const isLast = at === rest.length - 1;
    return sides.pipe(
      transformWith(stream, (before, side) => {
        const all = [...before.records[0], side.records];
        return isLast ? change(...all) : [all];
      }),
    );
  }, gathered);
}
