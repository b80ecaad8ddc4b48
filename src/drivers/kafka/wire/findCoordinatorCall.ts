import { type KafkaFault, kafkaFault } from '../kafkaFault.ts';
import type { WireCall } from './WireCall.ts';

/** Where a group's offsets are kept. */
export type Coordinator =
  | { readonly host: string; readonly port: number; readonly error?: never }
  | { readonly error: KafkaFault; readonly host?: never; readonly port?: never };

/** Asks any broker which one keeps a group's offsets. */
export function findCoordinatorCall(group: string): WireCall<Coordinator> {
  return {
    name: 'FindCoordinator',
    key: 10,
    version: 3,
    write: (body) => {
      body.text(group).int8(0).tags();
    },
    read: (body) => {
      body.int32();
      const error = kafkaFault(body.int16());
      body.optionalText();
      body.int32();
      const host = body.text();
      const port = body.int32();
      return error ? { error } : { host, port };
    },
  };
}
