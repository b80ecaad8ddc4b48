import { type Case, NotRun } from './Case.ts';
import { checkpointScenario } from './checkpointScenario.ts';
import { contextScenario } from './contextScenario.ts';
import { DIFFERENCES } from './differences.ts';
import { dstreamCase, type RunCase } from './dstreamCase.ts';
import { fileSourceCase } from './fileSourceCase.ts';
import { filesCase } from './filesCase.ts';
import { functionCase } from './functionCase.ts';
import { kafkaScenario } from './kafkaScenario.ts';
import { listenerScenario } from './listenerScenario.ts';
import { printCase } from './printCase.ts';
import { queueCase } from './queueCase.ts';
import { rateScenario } from './rateScenario.ts';
import { receiverScenario } from './receiverScenario.ts';
import { recoveryCase } from './recoveryCase.ts';
import { sliceCase } from './sliceCase.ts';
import { socketCase } from './socketCase.ts';
import { stateScenario } from './stateScenario.ts';
import { timerScenario } from './timerScenario.ts';
import { walScenario } from './walScenario.ts';

/** A case, and either how it is run or why it is not. */
export type PlannedCase = { readonly id: string } & ({ readonly run: RunCase } | { readonly reason: string });

const SOURCES: Readonly<Record<string, string>> = {
  receiver: 'receivers come with the next sources',
};

/** Decides whether a case can be run, without running anything. */
export function planCase(given: Case): PlannedCase {
  try {
    return { id: given.id, run: runnerOf(given) };
  } catch (error) {
    if (error instanceof NotRun) return { id: given.id, reason: error.message };
    throw error;
  }
}

function runnerOf(given: Case): RunCase {
  switch (given.kind) {
    case 'dstream':
      return dstreamRunnerOf(given);
    case 'recovery':
      return recoveryCase(given);
    case 'function':
      return functionCase(given);
    case 'eventtime':
      throw new NotRun('event time comes with a later step');
    case 'scenario':
      if (given.operation === 'fileSource') return fileSourceCase(given);
      if (given.operation === 'fileSource.seenFiles') throw new NotRun(DIFFERENCES.filesByBatchTime);
      if (given.operation === 'streamingContext.lifecycle') return contextScenario(given);
      if (given.operation === 'streamingListener') return listenerScenario(given);
      if (given.operation === 'rateController') return rateScenario(given);
      if (given.operation === 'recurringTimer') return timerScenario(given);
      return (
        stateScenario(given) ??
        checkpointScenario(given) ??
        receiverScenario(given) ??
        walScenario(given) ??
        kafkaScenario(given) ??
        noAdapter(given)
      );
    default:
      throw new NotRun(`the runner does not know cases of kind '${given.kind}'`);
  }
}

/** Spark's storage levels and remember durations, which follow from how it computes anew what it has lost. */
const FORGOTTEN: readonly string[] = ['window.persist', 'rememberDuration'];

function noAdapter({ operation }: Case): never {
  if (FORGOTTEN.includes(operation)) throw new NotRun(DIFFERENCES.settledIsForgotten);
  throw new NotRun(`the runner has no adapter for scenarios of '${operation}'`);
}

function dstreamRunnerOf(given: Case): RunCase {
  const { params, operation, expected } = given;
  const { source } = params;
  if (params.calls !== undefined) return sliceCase(given);
  if (source === 'queue') return queueCase(given);
  if (source === 'files') return filesCase(given);
  if (source === 'socket') return socketCase(given);
  if (source !== undefined)
    throw new NotRun(SOURCES[String(source)] ?? `the runner does not know the source '${source}'`);
  if (expected === null) throw new NotRun('only assertions over the whole run: the runner has no adapter for them');
  const isPrint = operation === 'print' || params.pipeline?.at(-1)?.op === 'print';
  return isPrint ? printCase(given) : dstreamCase(given);
}
