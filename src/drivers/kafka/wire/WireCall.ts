import type { WireReader } from './WireReader.ts';
import type { WireWriter } from './WireWriter.ts';

/** One request of Kafka's protocol with its answer. All are of flexible versions. */
export interface WireCall<Answer> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  readonly write: (body: WireWriter) => void;
  readonly read: (body: WireReader) => Answer;
}
