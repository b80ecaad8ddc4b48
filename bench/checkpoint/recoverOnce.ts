/** `recoverOnce.js FOLDER`: goes on from the checkpoint in a folder and says what its first batch gave. */
import { fileCheckpoint } from 'rx-dstream/file';
import { newKeys } from '../state/KeyedWork.ts';
import { totals } from './totals.ts';

const sum = await totals(fileCheckpoint(process.argv[2] ?? '')).take([newKeys(0, 100)]);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ sum, cpuMs: (user + system) / 1000 }));
process.exit(0);
