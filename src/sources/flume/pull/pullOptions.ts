import { refuse, textArgument, timerMilliseconds, wholeMilliseconds, wholeNumber } from '../../../core/arguments.ts';
import type { FlumePullOptions } from './flumePull.ts';
import type { PullSettings } from './PullSettings.ts';
import type { SinkAddress } from './SinkConnection.ts';

const WHERE = 'flumePull';

/** @internal Checks where the agents are. */
export function agentAddresses(agents: FlumePullOptions['agents']): readonly SinkAddress[] {
  const where = `${WHERE}(agents)`;
  if (!Array.isArray(agents) || agents.length === 0) refuse(where, 'agents like [{ host: "a", port: 9999 }]', agents);
  const addresses = agents.map((agent: SinkAddress | null, n: number) => {
    if (typeof agent !== 'object' || agent === null) refuse(`${where}[${n}]`, '{ host, port }', agent);
    const host = textArgument(`${where}[${n}].host`, agent.host);
    const port = wholeNumber(`${where}[${n}].port`, agent.port, 1);
    if (port > 65_535) refuse(`${where}[${n}].port`, 'a TCP port from 1 to 65535', port);
    return { host, port };
  });
  const names = addresses.map(({ host, port }) => `${host}:${port}`);
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice === undefined) return addresses;
  return refuse(where, 'every agent once', twice, 'Say connectionsPerAgent to have several connections to one.');
}

/** @internal Checks everything else that is about agents. */
export function pullSettings(options: FlumePullOptions): PullSettings {
  const whole = (name: keyof FlumePullOptions & keyof PullSettings, otherwise: number, least = 1): number =>
    wholeNumber(`${WHERE}(${name})`, options[name] ?? otherwise, least);
  const wait = (name: keyof FlumePullOptions & keyof PullSettings, otherwise: number, least = 1): number =>
    wholeMilliseconds(`${WHERE}(${name})`, options[name] ?? otherwise, least);
  const maxEventsPerBatch = whole('maxEventsPerBatch', 1000);
  if (maxEventsPerBatch > 1_000_000) {
    refuse(`${WHERE}(maxEventsPerBatch)`, 'a whole number from 1 to 1000000', maxEventsPerBatch);
  }
  const firstDelayMs = wait('firstDelayMs', 500);
  return {
    maxEventsPerBatch,
    maxEvents: maxEventsPerBatch,
    maxHeaders: whole('maxHeaders', 1000, 0),
    maxMessageBytes: whole('maxMessageBytes', 64 * 1024 * 1024),
    connectTimeoutMs: wait('connectTimeoutMs', 10_000),
    replyTimeoutMs: wait('replyTimeoutMs', 10_000),
    batchTimeoutMs: timerMilliseconds(
      `${WHERE}(batchTimeoutMs)`,
      options.batchTimeoutMs ?? Number.POSITIVE_INFINITY,
      true,
    ),
    firstDelayMs,
    maxDelayMs: wait('maxDelayMs', Math.max(5000, firstDelayMs), firstDelayMs),
    sinkTimeoutMs: wait('sinkTimeoutMs', 60_000),
    drainMs: wait('drainMs', 1000, 0),
  };
}
