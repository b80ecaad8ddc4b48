import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who a process is, so that another one can find out later whether it still lives. */
export interface ProcessIdentity {
  readonly host: string;
  /** Which start of that host; `undefined` where the system does not tell. */
  readonly boot: string | undefined;
  readonly pid: number;
  /** When it began, in the host's own ticks: tells it from a later process with its number. `undefined` where the system does not tell. */
  readonly start: string | undefined;
  /** For people. */
  readonly command: string;
}

/** What can be known of a process from here. `elsewhere`: it ran on another host, so nothing can. */
export type Liveness = 'alive' | 'dead' | 'elsewhere';

/** This process. */
export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    boot: bootOfThisHost(),
    pid: process.pid,
    start: startOf(process.pid),
    command: process.argv.slice(0, 2).join(' '),
  };
}

/** For messages: `process 4711 (node app.js) on host web-1`. */
export function shownProcess({ pid, host, command }: ProcessIdentity): string {
  return `process ${pid} (${command}) on host ${host}`;
}

/** Whether that process still runs. No clock is asked. */
export function livenessOf(it: ProcessIdentity): Liveness {
  if (it.host !== hostname()) return 'elsewhere';
  const boot = bootOfThisHost();
  if (it.boot !== undefined && boot !== undefined && it.boot !== boot) return 'dead';
  if (!processIsThere(it.pid)) return 'dead';
  const stat = statOf(it.pid);
  // No such system, or it ended just now.
  if (stat === undefined) return processIsThere(it.pid) ? 'alive' : 'dead';
  if (ENDED.has(stat.state)) return 'dead';
  return it.start !== undefined && it.start !== stat.start ? 'dead' : 'alive';
}

/** Ended, but nobody has asked for its exit code yet: it keeps its number and does nothing any more. */
const ENDED = new Set(['Z', 'X', 'x']);

/** Whether a process of this number runs on this host now. */
export function processIsThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be asked, but is there.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function startOf(pid: number): string | undefined {
  return statOf(pid)?.start;
}

/** State and start from `/proc/<pid>/stat`: `pid (name) state ...`, where the name may hold anything and the start is field 22. */
function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function bootOfThisHost(): string | undefined {
  return textOf('/proc/sys/kernel/random/boot_id')?.trim();
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not Linux, hidden, or gone meanwhile: not known
  }
}
