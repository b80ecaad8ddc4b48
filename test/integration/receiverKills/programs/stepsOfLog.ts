import type { BlockLog } from '../../../../src/receiver.ts';
import type { Steps } from '../../crashMatrix/Steps.ts';

/** The log with a step before and after whatever is asked of it. */
export function stepsOfLog(log: BlockLog, steps: Steps): BlockLog {
  async function stepped<T>(what: string, ask: () => unknown): Promise<T> {
    steps.pass(`before ${what}`);
    const answer = await ask();
    steps.pass(`after ${what}`);
    return answer as T;
  }
  return {
    name: log.name,
    durable: log.durable,
    maxBytes: log.maxBytes,
    get bytes() {
      return log.bytes;
    },
    hasRoom: (bytes) => log.hasRoom(bytes),
    open: (scheduler, report) => stepped('open of the log', () => log.open(scheduler, report)),
    append: (block) => stepped('append', () => log.append(block)),
    take: (from, limit) => log.take(from, limit),
    read: (from, until) => stepped('read of the log', () => log.read(from, until)),
    trim: (until) => stepped('trim', () => log.trim(until)),
    close: () => stepped('close of the log', () => log.close()),
  };
}
