import { afterEach } from 'vitest';
import type { FlumeEvent } from '../../../../src/drivers/flume/events/FlumeEvent.ts';
import { type FlumePullOptions, flumePull } from '../../../../src/sources/flume/pull/flumePull.ts';
import { SOURCE, type SourceObservable, type SourceReport } from '../../../../src/sources/Source.ts';
import { SourceSession } from '../../../../src/testing/SourceSession.ts';
import { FakeSparkSink } from '../../../support/flume/FakeSparkSink.ts';

const toStop: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

/** A sink that is gone after the test. */
export async function startSink(port?: number): Promise<FakeSparkSink> {
  const sink = await FakeSparkSink.start(port);
  toStop.push(() => sink.stop());
  return sink;
}

/** Pulls from these sinks into memory; quick to try again. */
export function pull(
  sinks: readonly { readonly port: number }[],
  options: Partial<FlumePullOptions> = {},
): SourceObservable<FlumeEvent> {
  const agents = sinks.map(({ port }) => ({ host: '127.0.0.1', port }));
  return flumePull({ agents, log: 'memory', firstDelayMs: 2, maxDelayMs: 8, drainMs: 0, ...options });
}

/** Opens a source; it is closed after the test. */
export async function open<T>(source: SourceObservable<T>): Promise<SourceSession<T>> {
  const session = await SourceSession.open(source[SOURCE]());
  toStop.push(() => session.close());
  return session;
}

/** The bodies of the next so many events, settled. */
export async function bodies(session: SourceSession<FlumeEvent>, count: number): Promise<string[]> {
  const { cuts, records } = await session.cutUntil(count);
  const texts = records.flat().map(({ bodyText }) => bodyText);
  for (const cut of cuts) await session.settle(cut);
  return texts;
}

export function reported({ reports }: { readonly reports: readonly SourceReport[] }, code: string): SourceReport[] {
  return reports.filter((report) => report.code === code);
}
