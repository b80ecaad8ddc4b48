import type { Kafka, KafkaConfig } from 'kafkajs';
import { refuse, wholeMilliseconds } from '../../core/arguments.ts';
import { StreamError } from '../../core/errors.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { KafkaDriver } from './KafkaDriver.ts';
import { KafkajsClient } from './kafkajs/KafkajsClient.ts';

/** How {@link kafkajsDriver} reaches Kafka. */
export interface KafkajsDriverOptions {
  /**
   * A `Kafka` object of kafkajs, or the configuration for one (brokers, ssl, sasl, clientId, ...). A configuration
   * without `logLevel` makes kafkajs silent: whatever goes wrong comes as an error of the driver's calls. Nothing of a
   * `Kafka` object is changed; the driver opens its own sockets with its settings. A configuration without `ssl`, `sasl` and
   * `socketFactory` reads fastest: its answers are read straight into the memory they stay in.
   */
  readonly kafka: Kafka | KafkaConfig;
  /**
   * How long a broker may take to answer, in milliseconds, before its connection is given up. Default: the
   * `requestTimeout` of the configuration, else 5000.
   */
  readonly requestTimeoutMs?: number;
}

const OPTIONS: KnownOptions<KafkajsDriverOptions> = { kafka: true, requestTimeoutMs: true };

/**
 * Kafka over kafkajs's connections (with its TLS and SASL), joining no group: requests and answers are this package's
 * own, in versions that carry topic ids and leader epochs. Needs Apache Kafka 3.1 or newer, and `kafkajs` installed if a
 * configuration is given. Nothing is connected before `connect`. Throws `INVALID_ARGUMENT`.
 */
export function kafkajsDriver(options: KafkajsDriverOptions): KafkaDriver {
  knownOptions('kafkajsDriver', options, OPTIONS);
  const { kafka } = options;
  if (typeof kafka !== 'object' || kafka === null) {
    refuse('kafkajsDriver: kafka', "kafkajs's Kafka object or its configuration", kafka);
  }
  const given = isKafka(kafka) ? undefined : kafka.requestTimeout;
  const requestTimeoutMs = wholeMilliseconds(
    'kafkajsDriver: requestTimeoutMs',
    options.requestTimeoutMs ?? given ?? 5000,
    1,
  );
  if (isKafka(kafka)) return new KafkajsClient(async () => kafka, requestTimeoutMs, false);
  if (!Array.isArray(kafka.brokers) && typeof kafka.brokers !== 'function')
    refuse('kafkajsDriver: kafka.brokers', 'addresses like ["localhost:9092"]', kafka.brokers);
  return new KafkajsClient(() => kafkaFrom(kafka), requestTimeoutMs, kafka.socketFactory === undefined);
}

function isKafka(kafka: Kafka | KafkaConfig): kafka is Kafka {
  return typeof (kafka as Partial<Kafka>).consumer === 'function';
}

async function kafkaFrom(config: KafkaConfig): Promise<Kafka> {
  const { default: kafkajs } = await import('kafkajs').catch((cause: unknown) => {
    throw new StreamError('SOURCE_FAILED', 'Kafka sources need the package kafkajs: run `npm install kafkajs`.', {
      cause,
    });
  });
  // kafkajs writes into the sasl object, credentials included: one that is shared or spread elsewhere would carry them along.
  const sasl = config.sasl && { ...config.sasl };
  return new kafkajs.Kafka({ logLevel: kafkajs.logLevel.NOTHING, ...config, ...(sasl && { sasl }) });
}
