import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `import 'rx-dstream/...'` means the sources here, as it means `dist` for users: the entry points of package.json. */
const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, { 'rx-dstream:source': string }>;
};
const alias = Object.entries(exports).map(([subpath, entry]) => ({
  find: new RegExp(`^rx-dstream${subpath.slice(1)}$`),
  replacement: fileURLToPath(new URL(entry['rx-dstream:source'], import.meta.url)),
}));
const resolve = { alias };

/** `expect.poll` waits as long as a busy machine may take, not a second; so does `vi.waitFor` with test/support/patient.ts. */
const poll = { timeout: 60_000, interval: 10 };

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          expect: { poll },
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**'],
          // Files share a worker's modules: loading them anew for each takes as long as all tests. Who patches a module mends it.
          isolate: false,
          // Nothing is waited for that long; a busy machine makes the searches slow, and a disk that is busy what writes to it.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          expect: { poll },
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/globalSetup.ts'],
          // Forks, not threads: a server lives as long as the thread that started it. Two files at a time: each waits for its servers most of the time.
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});

export default config;
