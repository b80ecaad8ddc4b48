import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { kafkajsDriver } from 'rx-dstream/kafka';
import { createTopic } from '../../scripts/services/index.ts';
import { type Account, drawUp, type Life } from './drawUp.ts';

const PARTITIONS = 4;
const PIPELINE = fileURLToPath(new URL('pipeline.ts', import.meta.url));

/** How the pipeline is treated. */
export interface Treatment {
  readonly brokers: readonly string[];
  /** How often it is killed. */
  readonly kills: number;
  /** Which share of the kills comes in the middle of a batch, half of which is written; the others come at any moment. */
  readonly midBatch: number;
  /** 0 to below 1: decides when. */
  readonly random: () => number;
  /** Is told what happens. */
  readonly log: (line: string) => void;
}

/** Produces while the pipeline lives, is killed and lives again, until everything is processed; then draws up the account. */
export async function liveAndDie({ brokers, kills, midBatch, random, log }: Treatment): Promise<Account> {
  const name = `account-${process.pid}-${Date.now().toString(36)}`;
  const folder = await mkdtemp(join(tmpdir(), 'kafka-account-'));
  const driver = kafkajsDriver({ kafka: { brokers: [...brokers] } });
  await createTopic(brokers, name, { partitions: PARTITIONS });
  const producing = startProducing(brokers, name);
  const lives: Life[] = [];
  let child: ChildProcess | undefined;
  try {
    for (let i = 1; i <= kills + 1; i++) {
      const file = join(folder, `life-${i}`);
      const life = new PipelineProcess([brokers.join(','), name, name, file], log);
      child = life.child;
      if (i <= kills) {
        // Anywhere between its start and some batches later, or in the middle of the next batch from there on.
        await life.during(Math.floor(random() * 2000));
        if (random() < midBatch) await life.halfWritten();
        life.child.kill('SIGKILL');
      } else {
        await producing.stop();
        await committedAll(name, producing.produced.size);
        life.child.kill('SIGTERM');
      }
      const end = await life.ended;
      if (i > kills && end !== 'code 0') throw new Error(`the pipeline ended with ${end}`);
      if (i <= kills && end !== 'signal SIGKILL') throw new Error(`the pipeline ended by itself: ${end}`);
      const committed = await committedOffsets(name);
      const written = (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
      lives.push({ written, committed });
      log(
        `life ${i}: wrote ${written.length} records, ${[...committed.values()].reduce((a, b) => a + b, 0)} committed in all, ${end}`,
      );
    }
    return drawUp(producing.produced, lives);
  } finally {
    child?.kill('SIGKILL');
    await producing.stop();
    await driver.close(0);
    await rm(folder, { recursive: true, force: true });
  }

  async function committedOffsets(group: string): Promise<ReadonlyMap<number, number>> {
    for (;;) {
      const offsets = await driver.committed(group).catch((error: { retriable?: boolean }) => {
        if (error.retriable !== true) throw error;
        return undefined;
      });
      if (offsets !== undefined) {
        return new Map(
          offsets.flatMap(({ partition, offset = -1 }) => (offset < 0 ? [] : [[partition, offset] as const])),
        );
      }
      await pause(100);
    }
  }

  async function committedAll(group: string, count: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (let sum = -1; sum !== count; await pause(100)) {
      sum = [...(await committedOffsets(group)).values()].reduce((total, until) => total + until, 0);
      if (Date.now() > deadline) throw new Error(`after a minute ${sum} of ${count} records are committed`);
      if (child?.exitCode !== null) throw new Error('the pipeline ended before everything was processed');
    }
  }
}

/** One life of the pipeline, in a process of its own. */
class PipelineProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
  private onHalf: (() => void) | undefined;

  constructor(args: readonly string[], log: (line: string) => void) {
    const loader = ['--import', import.meta.resolve('tsx'), '--conditions=rx-dstream:source'];
    this.child = spawn(process.execPath, [...loader, PIPELINE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (line.startsWith('HALF')) this.onHalf?.();
      else log(`  ${line}`);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`));
    });
  }

  /** Resolves when half of a batch is written, or when the process has ended. */
  async halfWritten(): Promise<void> {
    await Promise.race([
      this.ended,
      new Promise<void>((resolve) => {
        this.onHalf = resolve;
      }),
    ]);
  }

  /** Lets it live on for a while. */
  async during(ms: number): Promise<void> {
    await Promise.race([this.ended, pause(ms)]);
  }
}

/** Produces numbered records until it is stopped. */
function startProducing(
  brokers: readonly string[],
  topic: string,
): { readonly produced: ReadonlySet<string>; stop(): Promise<void> } {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  const produced = new Set<string>();
  let isOver = false;
  const run = async (): Promise<void> => {
    await producer.connect();
    while (!isOver) {
      const messages = Array.from({ length: 40 }, (_, i) => ({
        value: `r${produced.size + i}`,
        partition: i % PARTITIONS,
      }));
      await producer.send({ topic, messages });
      for (const { value } of messages) produced.add(value);
      await pause(10);
    }
    await producer.disconnect();
  };
  const running = run();
  return {
    produced,
    stop() {
      isOver = true;
      return running;
    },
  };
}
