import { refuse } from '../../core/arguments.ts';
import type { KafkaDriver } from './KafkaDriver.ts';
import type { KafkaTarget } from './KafkaTarget.ts';
import { kafkajsDriver } from './kafkajsDriver.ts';

/** A driver, and whether it was made here, to be closed by whoever asked for it. */
export interface DriverInUse {
  readonly driver: KafkaDriver;
  readonly isOurs: boolean;
}

/** The driver that a target is, or a new one for it; connects nothing yet. Throws `INVALID_ARGUMENT`. */
export function kafkaDriverFor(where: string, target: KafkaTarget): DriverInUse {
  if (typeof target !== 'object' || target === null) {
    refuse(where, "kafkajs's configuration ({ brokers: [...] }), its Kafka object, or a KafkaDriver", target);
  }
  if (isDriver(target)) return { driver: target, isOurs: false };
  return { driver: kafkajsDriver({ kafka: target }), isOurs: true };
}

function isDriver(target: KafkaTarget): target is KafkaDriver {
  return typeof (target as Partial<KafkaDriver>).listOffsets === 'function';
}
