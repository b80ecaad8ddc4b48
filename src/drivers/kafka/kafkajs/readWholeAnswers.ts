import { connect } from 'node:net';
import { AnswerInbox } from './AnswerInbox.ts';
import type { KafkajsConnection } from './kafkajsInternals.ts';

/** As kafkajs's own sockets have it, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Makes a connection that has not been opened read each answer into memory of its own. kafkajs takes it in pieces of 64 KiB, each
 * of them new, and copies them together: half the work of reading large records. For plain sockets that nobody else
 * makes; TLS hands out pieces anyway, and a SASL handshake is read by kafkajs.
 */
export function readWholeAnswers(connection: KafkajsConnection): void {
  if (connection.ssl || connection.sasl) return;
  connection.socketFactory = ({ host, port, onConnect }) => {
    const inbox = new AnswerInbox((correlationId, payload) => {
      connection.requestQueue.fulfillRequest({ correlationId, payload, size: payload.length });
    });
    const callback = (count: number): boolean => {
      try {
        inbox.read(count);
      } catch (error) {
        socket.destroy(error as Error);
      }
      return true;
    };
    const socket = connect({ host, port, onread: { buffer: () => inbox.space(), callback } }, onConnect);
    return socket.setKeepAlive(true, KEEP_ALIVE_MS);
  };
}
