import { firstValueFrom } from 'rxjs';
import { answered } from '../../core/Answer.ts';
import { isStreamError, StreamError } from '../../core/errors.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { ClusterMetadata } from '../../drivers/kafka/KafkaDriver.ts';
import type { SourceReport } from '../Source.ts';
import type { Waits } from '../Waits.ts';
import { backOff } from './backOff.ts';
import type { ClusterWatch } from './ClusterWatch.ts';
import type { KafkaPartition } from './KafkaPartition.ts';
import type { KafkaSettings } from './KafkaSettings.ts';
import type { KafkaPosition } from './kafkaPosition.ts';
import type { Outages } from './Outages.ts';
import { type Starts, startOffsets } from './startOffsets.ts';

/** How long a topic may be unknown to the brokers before it counts as not there, in milliseconds. */
const TOPIC_PATIENCE_MS = 1000;
/** So many partitions are named in the report of where a source goes on. */
const NAMED = 20;
/** For messages: what could not be reached. */
const START = 'what it needs to start';

/** What starting up needs. */
export interface StartUp {
  readonly settings: KafkaSettings<unknown>;
  readonly position: KafkaPosition | undefined;
  readonly watch: ClusterWatch;
  readonly waits: Waits;
  readonly outages: Outages;
}

/** The cluster as it is at the start, and where each partition starts. Rejects when it cannot be had within the time set. */
export async function startUp(
  start: StartUp,
): Promise<{ readonly metadata: ClusterMetadata; readonly starts: Starts }> {
  const { settings, position, waits } = start;
  const until = waits.now + settings.openTimeoutMs;
  const metadata = await existing(start, until);
  const committed = position === undefined ? await committedOffsets(start, metadata, until) : [];
  return { metadata, starts: startOffsets(position, committed, settings.from) };
}

/** The cluster with the topics that are asked for; one that is not there is an error unless it is waited for. */
async function existing(start: StartUp, until: number): Promise<ClusterMetadata> {
  const { settings, waits, watch } = start;
  const since = waits.now;
  for (let tries = 1; ; tries++) {
    const metadata = await repeated(start, until, () => watch.ask());
    const missing = missingIn(settings, metadata);
    if (missing === undefined) return metadata;
    if (settings.onMissingTopic === 'wait' && missing.mayAppear) return metadata;
    if (!missing.mayAppear || waits.now - since >= TOPIC_PATIENCE_MS) throw missing.error;
    await waits.pause(backOff(tries));
  }
}

interface Missing {
  readonly mayAppear: boolean;
  readonly error: StreamError;
}

function missingIn({ name, selection }: KafkaSettings<unknown>, { topics }: ClusterMetadata): Missing | undefined {
  for (const wanted of selection.names ?? []) {
    const topic = topics.find((one) => one.name === wanted);
    const fault = topic?.error;
    if (fault !== undefined && !fault.retriable) {
      const why = `${name}: Kafka refuses to tell of the topic ${wanted}: ${fault.name}.`;
      return { mayAppear: false, error: new StreamError('SOURCE_FAILED', why, { details: { topic: wanted, fault } }) };
    }
    if (topic === undefined || fault?.name === 'UNKNOWN_TOPIC_OR_PARTITION')
      return missing(name, `the topic ${wanted}`);
    if (selection.kind !== 'assign' || fault !== undefined) continue;
    const there = new Set(topic.partitions.map(({ partition }) => partition));
    const absent = selection.partitions(topic).find((partition) => !there.has(partition));
    if (absent !== undefined) return missing(name, `partition ${absent} of the topic ${wanted}`);
  }
  return undefined;
}

function missing(name: string, what: string): Missing {
  const message =
    `${name}: expected ${what} to exist, and Kafka has none. Create it, mend the name, or say ` +
    "onMissingTopic: 'wait' to begin with it when it appears.";
  return { mayAppear: true, error: new StreamError('TOPIC_MISSING', message) };
}

async function committedOffsets(
  start: StartUp,
  { topics }: ClusterMetadata,
  until: number,
): Promise<readonly CommittedOffset[]> {
  const { offsets, selection } = start.settings;
  if (offsets === undefined) return [];
  const selected = topics.filter((topic) => selection.selects(topic));
  const query = { topics: selected.map((topic) => topic.name) };
  const loaded = await repeated(start, until, () => firstValueFrom(answered(() => offsets.load(query))));
  const wanted = new Map(selected.map((topic) => [topic.name, new Set(selection.partitions(topic))]));
  return loaded.filter(({ topic, partition }) => wanted.get(topic)?.has(partition) === true);
}

/** Asks again while the failure may pass and there is time. */
async function repeated<T>({ outages, waits }: StartUp, until: number, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await ask();
      if (!waits.over) outages.ended(START);
      return answer;
    } catch (error) {
      if (waits.over || !isStreamError(error) || !error.retriable || waits.now >= until) throw error;
      outages.began(START, error.message, error);
      await waits.pause(backOff(tries));
    }
  }
}

/** Says where a source goes on; `undefined` if it begins. */
export function resumed(
  { name, offsets }: KafkaSettings<unknown>,
  { origin }: Starts,
  partitions: readonly KafkaPartition[],
): SourceReport | undefined {
  if (origin === 'options') return undefined;
  const from = origin === 'checkpoint' ? 'as the checkpoint says' : `as ${offsets?.name} says`;
  const named = partitions.slice(0, NAMED).map(({ title, next }) => `${title} at ${next}`);
  const rest = partitions.length > NAMED ? ` and ${partitions.length - NAMED} more` : '';
  return {
    code: 'RESUMED',
    message: `${name}: goes on with ${named.join(', ')}${rest}, ${from}.`,
    details: { offsets: partitions.map(({ topic, partition, next }) => ({ topic, partition, offset: next })) },
  };
}
