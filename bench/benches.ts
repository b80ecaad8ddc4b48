import type { Bench } from './measure/Bench.ts';

/** All benchmarks, in the order in which they are run. */
export const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  wordcount: () => import('./wordcount/bench.ts'),
  window: () => import('./window/bench.ts'),
  chains: () => import('./chains/bench.ts'),
  latency: () => import('./latency/bench.ts'),
  import: () => import('./import/bench.ts'),
  kafka: () => import('./kafka/bench.ts'),
};
