/** No answer is longer: the longest is the list of the children of one node. */
const LONGEST = 64 * 1024 * 1024;

/** Cuts what a connection brings into whole answers, each with the four bytes of its length in front. */
export class AnswerFrames {
  #chunks: Buffer[] = [];
  #held = 0;
  #wanted = 4;

  /** The answers that are whole with these bytes; throws where they can be none. */
  *take(bytes: Buffer): Generator<Buffer> {
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    while (this.#held >= this.#wanted) {
      const held = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      const length = held.readInt32BE(0);
      if (length < 0 || length > LONGEST) throw new RangeError(`an answer of ${length} bytes`);
      this.#wanted = 4 + length;
      this.#chunks = [held];
      if (held.length < this.#wanted) return;
      const frame = held.subarray(0, this.#wanted);
      const rest = held.subarray(this.#wanted);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#held = rest.length;
      this.#wanted = 4;
      yield frame;
    }
  }
}
