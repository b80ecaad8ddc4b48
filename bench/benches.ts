import type { Bench } from './measure/Bench.ts';

/** All benchmarks, in the order in which they are run. Those of Kafka are given a broker, and those of Flume an agent. */
export const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  wordcount: () => import('./wordcount/bench.ts'),
  chains: () => import('./chains/bench.ts'),
  window: () => import('./window/bench.ts'),
  'window-max': () => import('./windowMax/bench.ts'),
  state: () => import('./state/bench.ts'),
  checkpoint: () => import('./checkpoint/bench.ts'),
  'state-on-disk': () => import('./stateOnDisk/bench.ts'),
  joins: () => import('./joins/bench.ts'),
  files: () => import('./files/bench.ts'),
  log: () => import('./log/bench.ts'),
  top: () => import('./top/bench.ts'),
  latency: () => import('./latency/bench.ts'),
  ceiling: () => import('./ceiling/bench.ts'),
  import: () => import('./imports/bench.ts'),
  'stores-sql': () => import('./stores/sql.ts'),
  'stores-redis': () => import('./stores/redis.ts'),
  'stores-zookeeper': () => import('./stores/zookeeper.ts'),
  'flume-push': () => import('./flume/push/bench.ts'),
  'flume-pull': () => import('./flume/pull/bench.ts'),
  'kafka-read': () => import('./kafka/read/bench.ts'),
  'kafka-wordcount': () => import('./kafka/wordcount/bench.ts'),
  'kafka-memory': () => import('./kafka/memory/bench.ts'),
  receiver: () => import('./kafka/receiver/bench.ts'),
};
