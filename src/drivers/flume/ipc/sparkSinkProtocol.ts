import { type AvroProtocol, avroProtocol, LICENCE_DOC } from './AvroProtocol.ts';

const SEQUENCE = [{ name: 'sequenceNumber', type: 'string' }] as const;

const PROTOCOL = {
  protocol: 'SparkFlumeProtocol',
  namespace: 'org.apache.spark.streaming.flume.sink',
  doc: LICENCE_DOC,
  types: [
    {
      type: 'record',
      name: 'SparkSinkEvent',
      fields: [
        { name: 'headers', type: { type: 'map', values: 'string' } },
        { name: 'body', type: 'bytes' },
      ],
    },
    {
      type: 'record',
      name: 'EventBatch',
      fields: [
        { name: 'errorMsg', type: 'string', default: '' },
        { name: 'sequenceNumber', type: 'string' },
        { name: 'events', type: { type: 'array', items: 'SparkSinkEvent' } },
      ],
    },
  ],
  messages: {
    getEventBatch: { request: [{ name: 'n', type: 'int' }], response: 'EventBatch' },
    ack: { request: SEQUENCE, response: 'null' },
    nack: { request: SEQUENCE, response: 'null' },
  },
} as const;

/** What Spark's sink for Flume speaks, byte for byte as Java writes it: its released versions have this hash. */
export const SPARK_SINK_PROTOCOL: AvroProtocol = avroProtocol(JSON.stringify(PROTOCOL));
