import { SOURCE, type Source, type SourceObservable } from '../../../../src/sources/Source.ts';
import { sourceObservable } from '../../../../src/sources/sourceObservable.ts';
import type { Steps } from '../Steps.ts';

/** The source with its steps: in the cut, before and after the read, when it is told that a batch has settled. */
export function stepsOfSource<T>(source: SourceObservable<T>, steps: Steps): SourceObservable<T> {
  return sourceObservable(() => {
    const inner = source[SOURCE]();
    const stepped: Source<T> = {
      name: inner.name,
      replayable: inner.replayable,
      wakes: inner.wakes,
      ...(inner.startsFrom === undefined ? {} : { startsFrom: inner.startsFrom }),
      open: (opening) => inner.open(opening),
      async cut(time, limit) {
        const answer = await inner.cut(time, limit);
        steps.pass('in the cut');
        return answer as never;
      },
      async read(cut) {
        steps.pass('before read');
        const records = await inner.read(cut);
        steps.pass('after read');
        return records as never;
      },
      settled(cut) {
        steps.pass('in settled of the source');
        return inner.settled(cut);
      },
      close: () => inner.close(),
    };
    return stepped;
  });
}
