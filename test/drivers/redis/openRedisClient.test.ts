import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const entry = fileURLToPath(new URL('../../../src/redis.ts', import.meta.url));

describe('without ioredis', () => {
  it('the entry loads and the first call says what to install', async () => {
    const absent = `export async function resolve(name, context, next) {
      if (name !== 'ioredis') return next(name, context);
      throw Object.assign(new Error("Cannot find package 'ioredis'"), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
    const files = {
      'absent.mjs': absent,
      'hook.mjs': `import { register } from 'node:module'; register('./absent.mjs', import.meta.url);`,
      'script.mts': `
        import { redisOffsets } from ${JSON.stringify(entry)};
        const store = redisOffsets({ redis: 'redis://127.0.0.1:1', group: 'g' });
        const error = await store.load({}).catch((error) => error);
        console.log(JSON.stringify([error.code, error.retriable, error.message]));`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const imports = [import.meta.resolve('tsx'), pathToFileURL(join(folder, 'hook.mjs')).href];
    const args = [...imports.flatMap((url) => ['--import', url]), join(folder, 'script.mts')];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual([
      'OFFSET_STORE_FAILED',
      false,
      expect.stringContaining('ioredis is not installed; run: npm install ioredis'),
    ]);
  });
});
