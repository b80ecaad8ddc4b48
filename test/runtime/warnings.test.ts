/** What somebody hears who does not read `progress$`: why nothing comes, what is left out; and not a thousand times. */
import { Subscription } from 'rxjs';
import { expect, it } from 'vitest';
import { batchInterval, foreachBatch, StreamingContext } from '../../src/index.ts';
import { Warnings } from '../../src/runtime/Warnings.ts';
import { SOURCE, type SourceReport } from '../../src/sources/Source.ts';
import { sourceObservable } from '../../src/sources/sourceObservable.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { watch } from '../support/stage.ts';

interface Reporting {
  readonly clock: ReturnType<typeof manualClock>;
  readonly warnings: readonly string[];
  report(code: SourceReport['code'], message: string): void;
}

/** A running pipeline whose source, `log`, says what the test wants. */
function reporting(): Reporting {
  const warnings: string[] = [];
  const clock = manualClock();
  const context = new StreamingContext({ interval: 1000, scheduler: clock, onWarning: (text) => warnings.push(text) });
  let say: (report: SourceReport) => void = () => {};
  const source = sourceObservable<number>(() => {
    const inner = logSource(new Log(1))[SOURCE]();
    return {
      ...inner,
      open(opening) {
        say = opening.report.bind(opening);
        return inner.open(opening);
      },
    };
  });
  watch(
    source.pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    ),
  );
  clock.advanceBy(0);
  return { clock, warnings, report: (code, message) => say({ code, message }) };
}

it('a peer that cannot be reached is a warning, so that a wrong address does not just give empty batches', () => {
  const { warnings, report } = reporting();
  report('RECONNECTING', 'nobody listens on 127.0.0.1:9999');
  expect(warnings).toEqual(['rx-dstream: RECONNECTING: nobody listens on 127.0.0.1:9999']);
});

it('it is said again once a minute while it lasts, with how often it happened', () => {
  const { clock, warnings, report } = reporting();
  for (let second = 0; second < 130; second += 10) {
    report('RECONNECTING', `no answer after ${second} s`);
    clock.advanceBy(10_000);
  }
  expect(warnings).toEqual([
    'rx-dstream: RECONNECTING: no answer after 0 s',
    'rx-dstream: RECONNECTING: no answer after 60 s (and 5 more since the last such warning)',
    'rx-dstream: RECONNECTING: no answer after 120 s (and 5 more since the last such warning)',
  ]);
});

it.each(['RECORDS_DROPPED', 'RECORD_UNDECODABLE', 'DATA_CORRUPT', 'FILE_SKIPPED', 'POSITION_RESET'] as const)(
  'what is left out is a warning, and a flood of it one: %s',
  (code) => {
    const { warnings, report } = reporting();
    for (let i = 1; i <= 1000; i++) report(code, `line ${i} is no text`);
    expect(warnings).toEqual([`rx-dstream: ${code}: line 1 is no text`]);
  },
);

it('one kind of trouble does not hide another', () => {
  const { warnings, report } = reporting();
  report('RECONNECTING', 'gone');
  report('RECORDS_DROPPED', '3 bytes of half a line');
  report('RECONNECTED', 'here again');
  expect(warnings.map((text) => text.split(': ')[1])).toEqual(['RECONNECTING', 'RECORDS_DROPPED', 'RECONNECTED']);
});

it.each(['RESUMED', 'PARTITIONS_CHANGED', 'DUPLICATES_DROPPED'] as const)(
  'what goes well is told to those who ask for it: %s',
  (code) => {
    const { warnings, report } = reporting();
    report(code, 'as it should');
    expect(warnings).toEqual([]);
  },
);

it('a clock that was set back silences nothing', () => {
  const said: string[] = [];
  let now = 1_000_000;
  const warnings = new Warnings({ now: () => now, schedule: () => Subscription.EMPTY }, (text) => said.push(text));
  const away = { type: 'report', code: 'COMMIT_RETRIED', subject: 'store', message: 'away' } as const;
  warnings.hear(away);
  now = 5000;
  warnings.hear(away);
  expect(said).toHaveLength(2);
});
