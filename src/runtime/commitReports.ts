import { reasonOf } from '../core/reasonOf.ts';
import type { CommitReports } from './Commits.ts';
import type { ReportProgress } from './progress.ts';

/** Commits as progress events. */
export function commitReports(report: (event: ReportProgress) => void): CommitReports {
  return {
    retried: (store, attempt, cause) =>
      report({
        type: 'report',
        code: 'COMMIT_RETRIED',
        subject: store.name,
        message: `Offset store ${store.name}: try ${attempt} failed, repeated: ${reasonOf(cause)}`,
        cause,
      }),
    notRolledBack: (store, cause) =>
      report({
        type: 'report',
        code: 'OFFSET_STORE_UNAVAILABLE',
        subject: store.name,
        message: `Offset store ${store.name}: a transaction could not be rolled back, the store ends it by itself: ${reasonOf(cause)}`,
        cause,
      }),
    foreign: (store, found) =>
      report({
        type: 'report',
        code: 'OFFSETS_MOVED',
        subject: store.name,
        message:
          `Offset store ${store.name}: somebody else has committed to the same group (${found.map(({ topic, partition, until }) => `${topic}[${partition}] at ${until}`).join(', ')}). ` +
          'Two pipelines on one group both process everything and overwrite each other; give each its own group.',
        details: { found },
      }),
    behind: (store, gaps) =>
      report({
        type: 'report',
        code: 'OFFSETS_BEHIND',
        subject: store.name,
        message:
          `Offset store ${store.name}: holds less than what lies behind this pipeline (${gaps.map(({ topic, partition, from, until }) => `${topic}[${partition}] is at ${from}, read from ${until} on`).join(', ')}). ` +
          'Has it lost what it had acknowledged, then so are results that were committed with it: begin from its offsets, without the checkpoint. Harmless where nothing was committed for those records.',
        details: { gaps },
      }),
  };
}
