import { reasonOf } from '../../../core/reasonOf.ts';
import type { KafkajsConnection } from './kafkajsInternals.ts';

/**
 * Lets bytes that are no answers of Kafka's break the connection they came on. kafkajs reads them in a listener of its socket, where what it
 * throws would end the process.
 */
export function refuseGarbage(connection: KafkajsConnection): void {
  const { processData } = connection;
  connection.processData = (bytes) => {
    try {
      processData.call(connection, bytes);
    } catch (error) {
      const reason = `what came is no answer of a Kafka broker (${reasonOf(error)})`;
      connection.socket?.destroy(new Error(reason, { cause: error }));
    }
  };
}
