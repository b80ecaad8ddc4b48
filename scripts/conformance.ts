/**
 * `npm run conformance`: runs a folder of vectors (`CONFORMANCE_DIR`, default `test/conformance`). A line for each failure and
 * for each case not run; the last line is `N passed, N failed, N skipped`. Exits with 1 after a failure.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runFolder } from '../test/conformance/runner/runFolder.ts';

const standard = join(fileURLToPath(new URL('..', import.meta.url)), 'test/conformance');
const { failed } = await runFolder(process.env.CONFORMANCE_DIR ?? standard, (text) => console.log(text));
process.exitCode = failed > 0 ? 1 : 0;
