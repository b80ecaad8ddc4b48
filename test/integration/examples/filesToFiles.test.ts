import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const filesToFiles = fileURLToPath(new URL('../../../examples/filesToFiles.ts', import.meta.url));

it('the words of files are counted into files, and the program ends by itself', async () => {
  const program = runTypeScript(filesToFiles, [folder], folder);
  expect(await program.exited()).toBe(0);
  expect(program.errors).toBe('');
  const counts = program.output.split('\n').filter((line) => line.startsWith('('));
  expect(counts).toEqual([
    ...['(to,2)', '(be,2)', '(or,1)', '(not,1)', '(that,1)', '(is,1)', '(the,1)', '(question,1)'],
    ...['(the,1)', '(rest,1)', '(is,1)', '(silence,1)'],
  ]);
  expect(program.output).toContain(`${folder}/out/words-`);
});
