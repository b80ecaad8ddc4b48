/** `recoverByHand.js FILE`: a Map from blocks of V8's serialized data in one file, and what its first batch gave. */
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { type Kept, newKeys } from '../state/KeyedWork.ts';

const bytes = readFileSync(process.argv[2] ?? '');
const states = new Map<string, Kept>();
for (let at = 0; at < bytes.length; ) {
  const from = at + 4;
  at = from + bytes.readUInt32LE(at);
  const [keys, values] = deserialize(bytes.subarray(from, at)) as [readonly string[], readonly Kept[]];
  for (const [n, key] of keys.entries()) states.set(key, values[n] as Kept);
}
let sum = 0;
for (const [key, n] of newKeys(0, 100)) sum += (states.get(key)?.count ?? 0) + n;
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ sum, cpuMs: (user + system) / 1000 }));
