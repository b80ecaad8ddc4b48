/** The arguments of every function of the subpaths: sources, stores and checkpoints outside the process. */
import type * as file from '../../src/file.ts';
import type * as flume from '../../src/flume.ts';
import type * as kafka from '../../src/kafka.ts';
import type * as lmdb from '../../src/lmdb.ts';
import type * as receiver from '../../src/receiver.ts';
import type * as redis from '../../src/redis.ts';
import type * as socket from '../../src/socket.ts';
import type * as sql from '../../src/sql.ts';
import type * as zookeeper from '../../src/zookeeper.ts';
import {
  type ArgumentsOf,
  any,
  choice,
  fn,
  oneThat,
  optional,
  options,
  positive,
  text,
  textOrEmpty,
  truth,
  wait,
  waitOrInfinity,
  whole,
  wholeOrInfinity,
  wholeWait,
} from './Argument.ts';

const failOrSkip = choice('fail', 'skip');
const offsets = { offsets: optional(oneThat(undefined, 5, 'text', {})) };
const scheduler = { scheduler: optional(oneThat(undefined, 5, 'async', {})) };
const names = { name: optional(text) };
/** Of a folder that is wrong the log itself says so. */
const log = oneThat('memory', 5, []);
const received = {
  maxBatchBytes: optional(whole(1)),
  maxRatePerSecond: optional(positive),
  onUndecodable: optional(choice('fail', 'skip')),
  onLost: optional(failOrSkip),
};
const delays = { firstDelayMs: optional(wholeWait(1)), maxDelayMs: optional(wholeWait(1)) };
const port = oneThat(9999, 0.5, 65_536, '9999', {});

const directory = {
  newFilesOnly: optional(truth),
  minRememberDuration: optional(wholeOrInfinity(1)),
  filter: optional(fn),
  includeHidden: optional(truth),
  recursive: optional(truth),
  decompress: optional(choice('auto', 'gzip', 'none')),
  maxBytesPerBatch: optional(whole(1)),
  maxFilesPerBatch: optional(wholeOrInfinity(1)),
  onMissing: optional(choice('wait', 'fail')),
  onLost: optional(failOrSkip),
  onCorrupt: optional(failOrSkip),
  pollIntervalMs: optional(wholeWait(1)),
  ...names,
};
const lines = {
  encoding: optional(text),
  maxLineBytes: optional(whole(1)),
  onLongLine: optional(choice('fail', 'skip', 'truncate')),
  onInvalid: optional(choice('replace', 'fail')),
};
const logged = {
  compactAfterBytes: optional(whole(1)),
  onUnreadable: optional(choice('fail', 'setAside')),
  startFrom: optional(oneThat(undefined, 5, 'text', {})),
  takeOver: optional(truth),
};
const saving = [
  textOrEmpty,
  optional(oneThat('text', 5, {}, 'a/b')),
  optional(options({ gzip: optional(truth) })),
] as const;

export const fileArguments: ArgumentsOf<typeof file> = {
  binaryRecords: [text, options({ ...directory, recordLength: whole(1) })],
  fileCheckpoint: [text, optional(options({ ...logged, sync: optional(truth) }))],
  fileOffsets: [options({ path: text, onWarning: optional(fn) })],
  files: [text, optional(options({ ...directory, onBig: optional(failOrSkip) }))],
  saveAsObjectFiles: saving,
  saveAsTextFiles: saving,
  tailFile: [
    text,
    optional(
      options({
        ...offsets,
        from: optional(choice('beginning', 'end')),
        ...lines,
        maxBytesPerBatch: optional(whole(1)),
        pollIntervalMs: optional(wholeWait(1)),
        rotationWaitMs: optional(wholeWait(0)),
        onMissing: optional(choice('wait', 'fail')),
        onLost: optional(choice('fail', 'restart')),
        topic: optional(text),
        ...names,
      }),
    ),
  ],
  textFiles: [text, optional(options({ ...directory, ...lines }))],
};

const socketOptions = {
  port,
  host: optional(text),
  ...delays,
  connectTimeoutMs: optional(wholeWait(1)),
  log: { ...optional(log), right: 'memory' },
  ...received,
  maxBufferedBytes: optional(whole(1)),
  onEnd: optional(choice('reconnect', 'complete')),
  ...names,
};

export const socketArguments: ArgumentsOf<typeof socket> = {
  socketFrames: [
    options({
      ...socketOptions,
      maxFrameBytes: optional(whole(1)),
      onLongFrame: optional(choice('reconnect', 'fail')),
    }),
  ],
  socketText: [
    options({
      ...socketOptions,
      charset: optional(text),
      delimiter: optional(oneThat('\n', 'ab', 5, '')),
      maxLineBytes: optional(whole(1)),
      onLongLine: optional(choice('reconnect', 'skip', 'truncate', 'fail')),
      onInvalid: optional(choice('replace', 'fail')),
    }),
  ],
};

const kafkaTarget = { kafka: oneThat({ brokers: ['127.0.0.1:9092'] }, 5, 'text', () => 1) };
const kafkaSource = {
  ...kafkaTarget,
  ...offsets,
  from: optional(oneThat('latest', 'now', 5, {})),
  key: optional(fn),
  value: optional(fn),
  onUndecodable: optional(choice('fail', 'skip')),
  onDataLost: optional(choice('fail', 'earliest', 'latest')),
  onMissingTopic: optional(choice('fail', 'wait')),
  isolation: optional(choice('read_committed', 'read_uncommitted')),
  metadataIntervalMs: optional(wholeWait(1)),
  openTimeoutMs: optional(wholeWait(0)),
  ...names,
};

export const kafkaArguments: ArgumentsOf<typeof kafka> = {
  asJson: [],
  asText: [optional(options({ invalid: optional(choice('replace', 'fail')) }))],
  kafkaDirect: [
    options({
      ...kafkaSource,
      topics: { ...optional(oneThat(['lines'], 5, 'lines', [])), right: ['lines'] },
      // Beside `topics` they are too many.
      topicsPattern: optional(any(undefined)),
      assign: optional(any(undefined)),
      onCorrupt: optional(failOrSkip),
      maxRatePerPartition: optional(positive),
      maxRecordsPerBatch: optional(wholeOrInfinity(1)),
      maxBytesPerBatch: optional(wholeOrInfinity(1)),
      prefetchBytes: optional(whole(0)),
    }),
  ],
  kafkaOffsets: [
    options({
      ...kafkaTarget,
      group: text,
      metadata: optional(oneThat('text', 5, {})),
      commandTimeoutMs: optional(wait),
      ...scheduler,
    }),
  ],
  kafkaReceiver: [
    options({
      ...kafkaSource,
      topics: oneThat(['lines'], 5, 'lines', []),
      groupId: text,
      log,
      receivers: optional(whole(1)),
      blockIntervalMs: optional(wholeWait(1)),
      maxBlockBytes: optional(whole(1)),
      sessionTimeoutMs: optional(wholeWait(1000)),
      heartbeatIntervalMs: optional(wholeWait(1)),
      maxBatchBytes: received.maxBatchBytes,
      maxRatePerSecond: received.maxRatePerSecond,
      onLost: received.onLost,
    }),
  ],
  kafkajsDriver: [options({ ...kafkaTarget, requestTimeoutMs: optional(wholeWait(1)) })],
  orNull: [fn],
};

const redisTarget = { redis: oneThat('redis://127.0.0.1:1', '', 5, () => 1) };

export const redisArguments: ArgumentsOf<typeof redis> = {
  redisCheckpoint: [
    options({
      ...redisTarget,
      key: oneThat('text', '', 'a{b}', 5, {}),
      ...logged,
      db: optional(whole(0)),
      commandTimeoutMs: optional(wait),
      repeatForMs: optional(wholeOrInfinity(0)),
      leaseMs: optional(wholeWait(1)),
      ...scheduler,
    }),
  ],
  redisOffsets: [
    options({
      ...redisTarget,
      group: text,
      layout: optional(choice('group', 'topic')),
      db: optional(whole(0)),
      keyTemplate: optional(oneThat(undefined, 'text')),
      transaction: optional(oneThat({}, 5, 'text', [])),
      commandTimeoutMs: optional(wait),
      ...scheduler,
    }),
  ],
};

export const receiverArguments: ArgumentsOf<typeof receiver> = {
  receiver: [
    options({
      name: text,
      receive: fn,
      log,
      ...received,
      encode: { ...optional(fn), right: fn.right },
      decode: { ...optional(fn), right: fn.right },
      blockIntervalMs: optional(wholeWait(1)),
      maxWaitingBytes: optional(whole(1)),
      ...delays,
      stopTimeoutMs: optional(wait),
    }),
  ],
};

export const flumeArguments: ArgumentsOf<typeof flume> = {
  flumePull: [
    options({
      agents: oneThat([{ host: 'a', port: 1 }], 5, 'a:1', {}, []),
      log,
      ...received,
      connectionsPerAgent: optional(whole(1)),
      maxEventsPerBatch: optional(whole(1)),
      maxMessageBytes: optional(whole(1)),
      maxHeaders: optional(whole(0)),
      connectTimeoutMs: optional(wholeWait(1)),
      replyTimeoutMs: optional(wholeWait(1)),
      batchTimeoutMs: optional(waitOrInfinity),
      ...delays,
      sinkTimeoutMs: optional(wholeWait(1)),
      drainMs: optional(wholeWait(0)),
      ...names,
    }),
  ],
  flumePush: [
    options({
      port,
      log,
      ...received,
      host: optional(text),
      allowFrom: optional(oneThat([], 5, '10.0.0.0/8')),
      tls: optional(oneThat(undefined, 5, 'text', {})),
      compression: optional(choice('any', 'deflate', 'none')),
      maxMessageBytes: optional(whole(1)),
      maxEventsPerMessage: optional(whole(1)),
      maxHeaders: optional(whole(0)),
      maxConnections: optional(whole(1)),
      maxBytesInFlight: optional(whole(1)),
      messageTimeoutMs: optional(whole(1)),
      idleTimeoutMs: optional(whole(1)),
      onListening: optional(fn),
      ...names,
    }),
  ],
};

export const zookeeperArguments: ArgumentsOf<typeof zookeeper> = {
  zookeeperOffsets: [
    options({
      zookeeper: oneThat('zk1:2181', '', 5, {}),
      group: text,
      layout: optional(oneThat('spark', 'nothing', 5)),
      root: optional(oneThat(undefined, 5, 'offsets', {})),
      auth: optional(any(undefined)),
      acl: optional(oneThat('open', 'everybody', 5)),
      commandTimeoutMs: optional(wait),
      sessionTimeoutMs: optional(wait),
      maxRequestBytes: optional(whole(1)),
      ...scheduler,
    }),
  ],
};

export const sqlArguments: ArgumentsOf<typeof sql> = {
  postgresOffsets: [
    options({
      postgres: oneThat('postgres://h/d', 5, () => 1),
      group: text,
      table: optional(oneThat('offsets', '', 5, {})),
      createTables: optional(truth),
      commandTimeoutMs: optional(wait),
      queryTimeoutMs: optional(wait),
      idleTimeoutMs: optional(wait),
      ...scheduler,
    }),
  ],
  sqliteOffsets: [
    options({
      database: oneThat(':memory:', '', 5, {}),
      group: text,
      table: optional(oneThat('offsets', '', 5, {})),
      createTables: optional(truth),
      busyTimeoutMs: optional(wholeWait(0)),
    }),
  ],
};

export const lmdbArguments: ArgumentsOf<typeof lmdb> = {
  lmdbValues: [options({ folder: text, cachedValues: optional(whole(1)) })],
};
