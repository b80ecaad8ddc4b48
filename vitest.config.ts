import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `import 'rx-dstream/...'` means the sources here, as it means `dist` for users. */
const conditions = ['rx-dstream:source'];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: conditions } };

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**'],
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/globalSetup.ts'],
          // Forks, not threads: a server lives as long as the thread that started it. One file at a time: they share two cores with the servers.
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

export default config;
