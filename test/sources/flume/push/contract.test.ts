import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FlumeEvent, flumePush } from '../../../../src/flume.ts';
import type { SourceObservable } from '../../../../src/sources/Source.ts';
import { type SourcePlace, sourceContract } from '../../../../src/testing/sourceContract.ts';
import { PATIENT } from '../../../support/patient.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { appendBatch, HANDSHAKE, OK } from './messages.ts';
import { RawAgent } from './RawAgent.ts';

const home = temporaryFolder();
const framework = { describe, it, expect };
const recordKey = ({ bodyText }: FlumeEvent): string => bodyText;

sourceContract<FlumeEvent>(framework, {
  name: 'flumePush, log in memory',
  patienceMs: PATIENT.timeout,
  recordKey,
  make: () => place((onListening) => flumePush({ port: 0, log: 'memory', onListening }), false),
});

sourceContract<FlumeEvent>(framework, {
  name: 'flumePush, log on disk',
  patienceMs: PATIENT.timeout,
  recordKey,
  make: () => {
    const log = { folder: join(home, randomUUID()), segmentBytes: 4096 };
    return place((onListening) => flumePush({ port: 0, log, onListening }), true);
  },
});

type OnListening = (address: { readonly port: number }) => void;

/** A server, and a sink before it that sends every batch until it is told OK. */
function place(
  make: (onListening: OnListening) => SourceObservable<FlumeEvent>,
  isReplayable: boolean,
): SourcePlace<FlumeEvent> {
  const open = () =>
    make((address) => {
      port = address.port;
    });
  const batches: string[][] = [];
  let port = 0;
  let next = 0;
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      await send();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();

  async function send(): Promise<void> {
    const [batch] = batches;
    if (batch === undefined || port === 0) return;
    const agent = await RawAgent.connect(port).catch(() => undefined);
    const reply = await agent?.call(1, HANDSHAKE, appendBatch(...batch));
    if (reply?.subarray(-OK.length).equals(OK) === true) batches.shift();
    agent?.close();
  }

  return {
    source: open(),
    ...(isReplayable ? { reopen: open } : {}),
    feed: (count) => {
      const fed = Array.from({ length: count }, () => `record ${next++}`);
      for (let at = 0; at < fed.length; at += 3) batches.push(fed.slice(at, at + 3));
      return fed;
    },
    dispose: () => {
      isOver = true;
      return sending;
    },
  };
}
