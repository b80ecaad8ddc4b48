import type { Bench } from '../../measure/Bench.ts';
import { randomFrom } from '../../measure/random.ts';
import { compared } from '../compared.ts';
import { type Preload, preload } from '../preload.ts';

/** Reading a preloaded topic to its end: small records, the same compressed, and bigger ones. */
export const bench: Bench = async () => {
  const small: Preload = { topic: 'small', records: 1_000_000, value: valuesOf(100) };
  const gzip: Preload = { ...small, topic: 'gzip', gzip: true };
  const big: Preload = { topic: 'big', records: 200_000, value: valuesOf(1000) };
  for (const topic of [small, gzip, big]) await preload(topic);
  return [
    await compared('kafka-read-100B', 'read', 'small', small.records),
    await compared('kafka-read-gzip', 'read', 'gzip', gzip.records),
    await compared('kafka-read-1KB', 'read', 'big', big.records),
  ];
};

/** Values of so many bytes: a number, then one of a few texts, so that they compress as logs do. */
function valuesOf(bytes: number): (n: number) => string {
  const random = randomFrom(3);
  const fillers = Array.from({ length: 64 }, () =>
    Array.from({ length: bytes }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join(''),
  );
  return (n) => `${n} ${fillers[n % fillers.length]}`.slice(0, bytes);
}
