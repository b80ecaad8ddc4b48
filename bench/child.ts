/** One benchmark in a process of its own: `child.ts NAME`. Its last line is the result as JSON. */
import { BENCHES } from './benches.ts';

const name = process.argv[2] ?? '';
const load = BENCHES[name];
if (load === undefined) throw new Error(`no benchmark '${name}'`);
const { bench } = await load();
console.log(JSON.stringify(await bench()));
process.exit(0);
