import type { NewBlock, Receiver, ReceiverHost } from '../../../src/receiver.ts';
import { type ReceiverParts, receiverObservable } from '../../../src/sources/receiver/receiverObservable.ts';
import type { SourceObservable } from '../../../src/sources/Source.ts';

/** A receiver that a test moves by hand: its records are texts, a block is their JSON. */
export class HandReceiver implements Receiver<string> {
  readonly calls: string[] = [];
  host!: ReceiverHost;
  /** What `stop` waits for. */
  stopping: Promise<void> | undefined;
  /** What `start` fails with. */
  failure: unknown;
  /** What was given before it was started, as an outside keeps it. */
  readonly #kept: string[][] = [];
  #isOn = false;

  start(host: ReceiverHost): void {
    this.calls.push('start');
    this.host = host;
    if (this.failure !== undefined) throw this.failure;
    this.#isOn = true;
    for (const records of this.#kept.splice(0)) void this.host.store(block(records));
  }

  stop(): Promise<void> | undefined {
    this.calls.push('stop');
    this.#isOn = false;
    return this.stopping;
  }

  decode(bytes: Uint8Array): readonly string[] {
    return JSON.parse(Buffer.from(bytes).toString());
  }

  /** Stores these as one block, as soon as somebody receives. */
  give(...records: string[]): void {
    if (this.#isOn) void this.host.store(block(records));
    else this.#kept.push(records);
  }
}

/** A block of these records. */
export function block(records: readonly string[], note?: unknown): NewBlock {
  const parts = [Buffer.from(JSON.stringify(records))];
  return { parts, records: records.length, ...(note === undefined ? {} : { note }) };
}

/** The receiver as a source; all its runs have the same receiver. */
export function received(
  receiver: Receiver<string>,
  options: Partial<ReceiverParts<string>> = {},
): SourceObservable<string> {
  return receiverObservable({ where: 'hand', name: 'hand', log: 'memory', makeReceiver: () => receiver, ...options });
}
