/** Real agents of both generations with Avro sinks, pushing into flumePush. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import {
  FLUME_1_9,
  FLUME_1_11,
  type FlumeAgent,
  type FlumeCertificate,
  flumeCertificate,
} from '../../../scripts/services/index.ts';
import { freePorts } from '../../../scripts/services/ports.ts';
import { type FlumeEvent, type FlumePushOptions, flumePush } from '../../../src/flume.ts';
import { batchInterval, foreachBatch, mapRecords, StreamingContext } from '../../../src/index.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { type PipelineOptions, type RunningPipeline, runningPipeline } from '../kafka/runningPipeline.ts';
import { type PushAgentOptions, startPushAgent, withFlume } from './pushAgent.ts';

const describe = await withFlume();
const folder = temporaryFolder();
const toStop: (() => unknown)[] = [];
let logs = 0;
let certificate: FlumeCertificate;

beforeAll(async () => {
  certificate = await flumeCertificate();
});

afterAll(() => certificate?.remove());

afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

/** A pipeline that receives, and the port it listens at. */
async function receiving(
  options: Partial<FlumePushOptions> = {},
  settings: PipelineOptions<FlumeEvent> = {},
): Promise<{ readonly port: number; readonly pipeline: RunningPipeline<FlumeEvent> }> {
  const [port] = (await freePorts(1)) as [number];
  const log = join(folder, `log-${++logs}`);
  const pipeline = runningPipeline(flumePush({ port, log, ...options }), settings);
  toStop.push(() => pipeline.stop());
  return { port, pipeline };
}

async function agentOf(options: PushAgentOptions): Promise<FlumeAgent> {
  const agent = await startPushAgent(options);
  toStop.push(async () => {
    await agent.kill9();
    await agent.stop();
  });
  return agent;
}

/** The first so many numbers, as an agent makes them up. */
function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n}`);
}

describe.each([FLUME_1_9, FLUME_1_11])('flumePush and an agent of Flume %s', (version) => {
  it('receive every event once and in order: plain, deflated, over TLS, and both', async () => {
    const tls = { key: certificate.key, cert: certificate.cert };
    const count = 10_000;
    const ways = [{}, { deflate: true }, { tls: certificate }, { deflate: true, tls: certificate }];
    const receivers = await Promise.all(
      ways.map((way) =>
        receiving({ compression: 'deflate' in way ? 'deflate' : 'none', ...('tls' in way ? { tls } : {}) }),
      ),
    );
    const sinks = ways.map((way, n) => ({ ...way, port: receivers[n]?.port as number }));
    await agentOf({ version, source: { numbers: count }, sinks });
    for (const { pipeline } of receivers) {
      await pipeline.processed(count, 40_000);
      expect(pipeline.records.map(({ bodyText }) => bodyText)).toEqual(numbers(count));
      expect(new Set(pipeline.records.map(({ headers }) => headers.get('site')))).toEqual(new Set(['zürich']));
      expect(pipeline.reports.filter(({ code }) => code !== 'RESUMED')).toEqual([]);
    }
  });
});

describe('flumePush with a full log', () => {
  it('loses nothing: the agent is told FAILED, pauses, and sends the same events again, each once', async () => {
    const count = 3000;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { port, pipeline } = await receiving(
      { log: { folder: join(folder, `log-${++logs}`), maxBytes: 30_000 } },
      { output: () => released },
    );
    await agentOf({ source: { numbers: count }, sinks: [{ port }] });
    await pipeline.reported('BLOCK_REFUSED');
    release();
    await pipeline.processed(count, 40_000);
    expect(pipeline.records.map(({ bodyText }) => bodyText)).toEqual(numbers(count));
  });
});

describe('flumePush that is stopped gracefully under load', () => {
  it('has processed all that it acknowledged, and the next one gets the rest: nothing is lost and nothing comes twice', async () => {
    const count = 30_000;
    const [port] = (await freePorts(1)) as [number];
    const log = join(folder, `log-${++logs}`);
    const bodies: string[] = [];
    const started = (): StreamingContext => {
      const stream = new StreamingContext({ interval: 50, onWarning: () => undefined });
      const text = mapRecords(({ bodyText }: FlumeEvent) => bodyText);
      const output = foreachBatch<string>(({ records }) => void bodies.push(...records));
      flumePush({ port, log }).pipe(batchInterval(stream), text, output).subscribe();
      toStop.push(() => stream.stop());
      return stream;
    };
    const first = started();
    await agentOf({ source: { numbers: count }, sinks: [{ port }], batchSize: 20 });
    await vi.waitFor(() => expect(bodies.length).toBeGreaterThan(0), { timeout: 60_000, interval: 1 });
    await first.stop({ graceful: true });
    const { length } = bodies;
    expect(length).toBeLessThan(count);
    started();
    await vi.waitFor(() => expect(bodies.length).toBeGreaterThanOrEqual(count), { timeout: 60_000 });
    expect(bodies).toEqual(numbers(count));
  });
});
