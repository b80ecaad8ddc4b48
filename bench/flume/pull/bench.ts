import type { Bench } from '../../measure/Bench.ts';
import { interleaved } from '../../measure/interleaved.ts';
import { ours } from './ours.ts';
import { sink } from './sink.ts';
import { withAvsc } from './withAvsc.ts';

const EVENTS = 500_000;

/** Events out of the SparkSink of a real agent that makes them as fast as it can, on the same machine. */
export const bench: Bench = async () => {
  const rates = await interleaved(
    {
      disk: { work: () => ours(EVENTS, 'on disk', 1) },
      disk4: { work: () => ours(EVENTS, 'on disk', 4) },
      memory: { work: () => ours(EVENTS, 'memory', 1) },
      avsc: { work: () => withAvsc(EVENTS) },
    },
    { rounds: 5, warmUp: 1 },
  );
  const { disk, disk4, memory, avsc } = rates;
  const perCpu = Object.entries(rates).map(([who, { perCpuSecond }]) => `${who} ${Math.round(perCpuSecond)}`);
  return [
    {
      name: 'flume-pull',
      unit: 'events/s',
      ours: Math.round(disk.median),
      peers: {
        'ours, 4 connections': Math.round(disk4.median),
        'ours, log in memory': Math.round(memory.median),
        'avsc client, keeps nothing': Math.round(avsc.median),
      },
      notes: [
        `${sink().eventBytes} bytes an event, batches of 1000, one connection, acknowledged when the log is on disk`,
        `events per second of processor time, without the agent's: ${perCpu.join(', ')}`,
      ],
    },
  ];
};
