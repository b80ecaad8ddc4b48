import { BatchSize } from './BatchSize.ts';
import type { SinkAddress, SinkConnection } from './SinkConnection.ts';

/** What is known of one agent; it outlives the runs of its source. */
export class Agent {
  readonly address: SinkAddress;
  /** For messages. */
  readonly name: string;
  readonly size: BatchSize;
  readonly #lingering: SinkConnection[] = [];

  constructor(address: SinkAddress, maxEventsPerBatch: number) {
    const { host, port } = address;
    this.address = address;
    this.name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.size = new BatchSize(maxEventsPerBatch);
  }

  /** Leaves a connection here on which the agent has been asked for events and has not answered. */
  leave(connection: SinkConnection): void {
    this.#lingering.push(connection);
    connection.linger(() => {
      const at = this.#lingering.indexOf(connection);
      if (at >= 0) this.#lingering.splice(at, 1);
    });
  }

  /** One that was left here and has not been answered yet. */
  takeUp(): SinkConnection | undefined {
    let connection = this.#lingering.pop();
    while (connection?.isAsked === false) connection = this.#lingering.pop();
    return connection;
  }
}
