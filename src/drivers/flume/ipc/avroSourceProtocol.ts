import { type AvroProtocol, avroProtocol, LICENCE_DOC } from './AvroProtocol.ts';

const PROTOCOL = {
  protocol: 'AvroSourceProtocol',
  namespace: 'org.apache.flume.source.avro',
  doc: LICENCE_DOC,
  types: [
    { type: 'enum', name: 'Status', symbols: ['OK', 'FAILED', 'UNKNOWN'] },
    {
      type: 'record',
      name: 'AvroFlumeEvent',
      fields: [
        { name: 'headers', type: { type: 'map', values: 'string' } },
        { name: 'body', type: 'bytes' },
      ],
    },
  ],
  messages: {
    append: { request: [{ name: 'event', type: 'AvroFlumeEvent' }], response: 'Status' },
    appendBatch: {
      request: [{ name: 'events', type: { type: 'array', items: 'AvroFlumeEvent' } }],
      response: 'Status',
    },
  },
} as const;

/** What Flume's Avro sink speaks, byte for byte as Java writes it: every release from 1.4 to 1.11 has this hash. */
export const AVRO_SOURCE_PROTOCOL: AvroProtocol = avroProtocol(JSON.stringify(PROTOCOL));

/** The same without its documentation, as clients written by hand may hash it. */
export const AVRO_SOURCE_PROTOCOL_BARE: AvroProtocol = avroProtocol(JSON.stringify({ ...PROTOCOL, doc: undefined }));

/** The answers to `append` and `appendBatch`, in the order of their numbers. */
export const STATUS_OK = 0;
export const STATUS_FAILED = 1;
