import type { Kafka, KafkaConfig } from 'kafkajs';
import type { KafkaDriver } from './KafkaDriver.ts';

/**
 * Which Kafka: a `Kafka` object of kafkajs, the configuration for one (`{ brokers: ['localhost:9092'], ssl, sasl }`), or a
 * {@link KafkaDriver}, which is used as it is and closed by whoever made it.
 */
export type KafkaTarget = Kafka | KafkaConfig | KafkaDriver;
