import { StreamError } from '../../core/errors.ts';
import { lostError } from '../commitPlan.ts';
import type { OffsetCommit } from '../OffsetStore.ts';

/** What the scripts of a group find, said as errors. */
export class GroupErrors {
  readonly #group: string;
  readonly #ownerKey: string;

  constructor(group: string, ownerKey: string) {
    this.#group = group;
    this.#ownerKey = ownerKey;
  }

  takenBy(writer: string): StreamError {
    const [host, pid] = writer.split(' ');
    return new StreamError(
      'OFFSET_STORE_TAKEN',
      `redisOffsets: expected to own group ${this.#group}, but process ${pid} on host ${host} has taken it over. Nothing of this is kept, and this store can ` +
        'commit no more. Let only one pipeline of a group run.',
      { details: { group: this.#group, takenBy: writer } },
    );
  }

  unfinished(what: string): StreamError {
    const key = this.#ownerKey;
    return new StreamError(
      'OFFSET_STORE_FAILED',
      `redisOffsets: expected the last transaction of group ${this.#group} to have taken effect whole, but Redis stopped it in the middle: ${what}. Its offsets were not ` +
        `raised: running it again would do the first commands twice. Undo them by hand (or the rest by hand and raise the offsets), then: HDEL ${key} unfinished`,
      { details: { group: this.#group, key, unfinished: what } },
    );
  }

  forgotten(): StreamError {
    return new StreamError(
      'OFFSET_STORE_UNAVAILABLE',
      `redisOffsets commit: Redis does not know the transaction of group ${this.#group} any more: it was restarted and lost it, or another one was begun. Nothing of it ` +
        'was kept; the batch has to run again.',
      { retriable: true, details: { group: this.#group } },
    );
  }

  ahead({ topic, partition, from }: OffsetCommit, found: string): StreamError {
    return new StreamError(
      'OFFSET_STORE_FAILED',
      `redisOffsets commit: expected the offset of ${topic}[${partition}] in group ${this.#group} to be ${from} at most, where the records of the batch begin, got ${found}: ` +
        'they have been committed before. Nothing of the transaction was kept. Start from the offsets of this store, or reset them by hand.',
      { details: { group: this.#group, topic, partition, from, found } },
    );
  }

  lost(offset: OffsetCommit, found: string): StreamError {
    return lostError('redisOffsets', offset, found === '' ? undefined : Number(found));
  }

  ownKey(name: string, key: string): StreamError {
    const what = `expected keys of results, got ${name} ${key}, where the store keeps its offsets. Choose another key.`;
    return new StreamError('OFFSET_STORE_FAILED', `redisOffsets commit: ${what} Nothing was written.`);
  }
}
