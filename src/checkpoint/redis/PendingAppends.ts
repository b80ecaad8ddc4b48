import { PIECE_BYTES } from './redisLogKeys.ts';

/** Bytes that were appended and need not be safe yet: they wait for more, so that a command carries a piece of them. */
export class PendingAppends {
  /** In the order in which the segments were begun to wait. */
  readonly #waiting = new Map<string, Uint8Array[]>();
  #bytes = 0;

  /** Takes a copy: the caller may use its bytes again. Answers whether there is enough to be sent. */
  add(segment: string, bytes: Uint8Array): boolean {
    const waiting = this.#waiting.get(segment) ?? [];
    waiting.push(bytes.slice());
    this.#waiting.set(segment, waiting);
    this.#bytes += bytes.length;
    return this.#bytes >= PIECE_BYTES;
  }

  /** All that waits, which does not wait any more. */
  take(): readonly (readonly [segment: string, bytes: Uint8Array])[] {
    const taken = [...this.#waiting].map(([segment, parts]) => [segment, joined(parts)] as const);
    this.#waiting.clear();
    this.#bytes = 0;
    return taken;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}
