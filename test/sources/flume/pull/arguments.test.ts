import { describe, expect, it } from 'vitest';
import { type FlumePullOptions, flumePull } from '../../../../src/sources/flume/pull/flumePull.ts';

const agents = [{ host: 'a', port: 9999 }];

describe('flumePull refuses, where it is written,', () => {
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'flumePull: expected options like'],
    ['no log', { agents }, 'flumePull(log): expected'],
    [
      'no agents',
      { agents: [] },
      'flumePull(agents): expected agents like [{ host: "a", port: 9999 }], got an array of 0',
    ],
    ['one agent that is no list', { agents: agents[0] }, 'flumePull(agents): expected'],
    ['an agent that is none', { agents: [null] }, 'flumePull(agents)[0]: expected { host, port }, got null'],
    ['an agent without a host', { agents: [{ port: 1 }] }, 'flumePull(agents)[0].host: expected a text'],
    ['no port', { agents: [{ host: 'a' }] }, 'flumePull(agents)[0].port: expected a whole number'],
    ['a port that is none', { agents: [{ host: 'a', port: 70_000 }] }, 'a TCP port from 1 to 65535, got 70000'],
    ['an agent twice', { agents: [...agents, ...agents] }, 'every agent once, got "a:9999". Say connectionsPerAgent'],
    ['no connections', { agents, connectionsPerAgent: 0 }, 'flumePull(connectionsPerAgent): expected'],
    ['batches of nothing', { agents, maxEventsPerBatch: 0 }, 'flumePull(maxEventsPerBatch): expected'],
    ['batches of everything', { agents, maxEventsPerBatch: 2e6 }, 'a whole number from 1 to 1000000, got 2000000'],
    ['a limit as text', { agents, maxMessageBytes: '1MB' }, 'flumePull(maxMessageBytes): expected'],
    [
      'no time for a batch',
      { agents, batchTimeoutMs: 0 },
      'flumePull(batchTimeoutMs): expected milliseconds above 0 and at most',
    ],
    [
      'waits that shrink',
      { agents, firstDelayMs: 10, maxDelayMs: 5 },
      'flumePull(maxDelayMs): expected a whole number of milliseconds from 10 to',
    ],
    ['a name that is none', { agents, log: 'memory', name: '' }, 'flumePull(name): expected a text'],
  ])('%s', (_, options, message) => {
    expect(() => flumePull(options as FlumePullOptions)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => flumePull(options as FlumePullOptions)).toThrow(message);
  });
});
