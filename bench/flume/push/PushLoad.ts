/** What an agent sends to a port. */
export interface PushLoad {
  readonly port: number;
  /** Sinks, each with a connection and one message under way. */
  readonly sinks: number;
  /** Of an event's body. */
  readonly bytes: number;
}
