/** What released agents and clients put on the wire: an Avro sink of Flume 1.9.0 and 1.11.0 (alike), and a SparkSink with its client. */
export const PUSH: Record<'firstCall' | 'firstReply' | 'secondCall' | 'secondReply', Buffer> = {
  /** Handshake and `appendBatch` of "hello" in one message. */
  firstCall: hex(
    '00000001 00000002 00000030 86aadae2c45474c0fe93ffd0f2350a65 00 86aadae2c45474c0fe93ffd0f2350a65 02 00',
    '00 16 617070656e644261746368 00000009 02 00 0a68656c6c6f 00',
  ),
  firstReply: hex('00000001 00000002 00000004 00000000 00000003 000000'),
  /** `appendBatch` of "h2". */
  secondCall: hex('00000002 00000002 0000000d 00 16 617070656e644261746368 00000006 02 00 046832 00'),
  secondReply: hex('00000002 00000001 00000003 000000'),
};

export const PULL: Record<'ping' | 'pong' | 'get' | 'batch' | 'nack' | 'nackReply', Buffer> = {
  ping: hex(
    '00000000 00000002 00000022 45f3c2c4aa53244ceaacda6731dedffb 00 45f3c2c4aa53244ceaacda6731dedffb 00 00000002 0000',
  ),
  pong: hex('00000000 00000001 00000004 00000000'),
  /** `getEventBatch(10)`. */
  get: hex('00000001 00000001 00000010 00 1a 6765744576656e744261746368 14'),
  /** "e1", "e2", "e3" under the number "tgtYQc6H1". */
  batch: hex(
    '00000001 00000003 00000000 00000001 00',
    '0000001a 00 00 12 746774595163364831 06 00046531 00046532 00046533 00',
  ),
  nack: hex('00000002 00000001 00000010 00 08 6e61636b 12 746774595163364831'),
  nackReply: hex('00000002 00000003 00000000 00000001 00 00000001 00'),
};

function hex(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.join('').replaceAll(' ', ''), 'hex');
}
