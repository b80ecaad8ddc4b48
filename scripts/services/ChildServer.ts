import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What a {@link ChildServer} is started from. */
export interface ChildServerOptions {
  /** How messages call it: `Kafka 4.3.1 (node 1)`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Its own folder: working folder, log, data. Removed by `stop()` and when this process exits. */
  readonly folder: string;
  /** Whether it really serves. Asked again and again until true; a rejection counts as "not yet". */
  readonly ready: () => Promise<boolean>;
  /** Default 60 seconds: a busy machine makes a JVM slow. */
  readonly readyWithinMs?: number;
  /** What ends it in good order. Default `SIGTERM`. */
  readonly stopSignal?: NodeJS.Signals;
  /** Whom it runs as, where that is not us; its folder has to be theirs. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * A server process in a folder of its own: started until it serves, controlled by its process id, and gone with us.
 *
 * It does not share our process group, so Ctrl+C reaches it only through `stop()`. It is killed when this process
 * exits, and on Linux also when this process is killed without a chance to clean up.
 */
export class ChildServer {
  readonly options: ChildServerOptions;
  private child: ChildProcess | undefined;
  private ended: Promise<string> = Promise.resolve('never started');

  constructor(options: ChildServerOptions) {
    this.options = options;
    mkdirSync(options.folder, { recursive: true });
    goneWithUs(this);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  get logFile(): string {
    return join(this.options.folder, 'server.log');
  }

  /** Starts the process and resolves when it serves; rejects with the end of its log if it dies or takes too long. */
  async start(): Promise<void> {
    if (this.child) throw new Error(`${this.options.name} already runs (pid ${this.pid})`);
    const child = this.launch();
    try {
      await this.waitUntilReady(child);
    } catch (error) {
      await this.kill9();
      throw error;
    }
  }

  /** `SIGKILL`; resolves when the process is gone. The folder stays, so that `restart()` finds its data. */
  async kill9(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** `SIGSTOP`: alive, its sockets open, and silent. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  /** `SIGCONT`. */
  thaw(): void {
    this.signal('SIGCONT');
  }

  /** `SIGTERM` or its own stop signal, after 15 seconds `SIGKILL`; resolves when the process is gone. The folder stays. */
  async halt(): Promise<void> {
    this.thaw();
    this.signal(this.options.stopSignal ?? 'SIGTERM');
    const patience = new AbortController();
    const late = pause(15_000, 'late', { signal: patience.signal }).catch(() => 'gone');
    const first = await Promise.race([this.ended, late]);
    patience.abort();
    if (first === 'late') await this.kill9();
  }

  /** Starts it again on the same port and folder; a running one is halted first. */
  async restart(): Promise<void> {
    if (this.running) await this.halt();
    await this.start();
  }

  /** The end of its life: halted, its folder removed. */
  async stop(): Promise<void> {
    await this.halt();
    this.forget();
  }

  /** The last lines of its log. */
  logTail(lines = 25): string {
    try {
      return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '(no log)';
    }
  }

  /** What is left to do when there is no time for promises. */
  dieNow(): void {
    this.signal('SIGKILL');
    this.forget();
  }

  private launch(): ChildProcess {
    const { command, args, folder, user } = this.options;
    const log = openSync(this.logFile, 'a');
    const [program, ...rest] = [...dieWithParent(), command, ...args] as [string, ...string[]];
    const child = spawn(program, rest, { cwd: folder, stdio: ['ignore', log, log], detached: true, ...user });
    closeSync(log);
    this.child = child;
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.child === child) this.child = undefined;
        resolve(how);
      };
      child.once('error', (error) => end(String(error)));
      child.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit status ${code}`));
    });
    return child;
  }

  private async waitUntilReady(child: ChildProcess): Promise<void> {
    const { name, ready, readyWithinMs = 60_000 } = this.options;
    const deadline = performance.now() + readyWithinMs;
    while (true) {
      if (this.child !== child)
        throw new Error(`${name} ended (${await this.ended}) before it served:\n${this.logTail()}`);
      if (await ready().catch(() => false)) return;
      if (performance.now() > deadline) {
        throw new Error(`${name} did not serve within ${readyWithinMs} ms:\n${this.logTail()}`);
      }
      await pause(40);
    }
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined) return;
    try {
      process.kill(this.child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private forget(): void {
    servers.delete(this);
    rmSync(this.options.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const servers = new Set<ChildServer>();
let watching = false;

function goneWithUs(server: ChildServer): void {
  servers.add(server);
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const each of servers) each.dieNow();
  });
  // Without a handler SIGTERM ends a process before its exit handlers run; one that has a handler sees to it itself.
  if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => process.exit(143));
}

let prefix: readonly string[] | undefined;

/** On Linux `setpriv` makes the kernel kill the server when we die, however we die. It execs: the pid is the server's. */
function dieWithParent(): readonly string[] {
  const words = ['setpriv', '--pdeathsig', 'KILL', '--'];
  prefix ??=
    process.platform === 'linux' && spawnSync('setpriv', [...words.slice(1), 'true']).status === 0 ? words : [];
  return prefix;
}
