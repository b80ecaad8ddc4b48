import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { StreamingContext, stopGracefullyOnShutdown } from '../../../src/index.ts';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));

/** The program, once it has said so. */
async function running(how: string, said: string): Promise<Program> {
  const program = runTypeScript(PROGRAM, [how], process.cwd());
  await expect.poll(() => program.output + program.errors, { timeout: 20_000, interval: 5 }).toContain(said);
  return program;
}

describe('stopGracefullyOnShutdown', () => {
  it('SIGTERM: what was received is processed, then the process closes what it has and dies of the signal', async () => {
    const program = await running('well', 'wrote');
    program.process.kill('SIGTERM');
    await program.exited();
    expect(program.output).toContain('closed after 0 unwritten, STOPPED');
    expect(program.process.signalCode).toBe('SIGTERM');
  });

  it('SIGINT does the same', async () => {
    const program = await running('well', 'wrote');
    program.process.kill('SIGINT');
    await program.exited();
    expect([program.output.includes('closed after 0 unwritten'), program.process.signalCode]).toEqual([true, 'SIGINT']);
  });

  it('several contexts stop side by side, also one that has never begun', async () => {
    const program = await running('several', 'wrote');
    program.process.kill('SIGTERM');
    await program.exited();
    expect(program.output).toContain('closed after 0 unwritten, STOPPED STOPPED STOPPED');
    expect(program.process.signalCode).toBe('SIGTERM');
  });

  it('a second signal forces: the process dies at once', async () => {
    const program = await running('stuck', 'busy');
    program.process.kill('SIGTERM');
    program.process.kill('SIGINT');
    await program.exited();
    expect(program.output).not.toContain('closed');
    expect(program.process.signalCode).not.toBeNull();
  });

  it('at the deadline what is not settled is left, and said; the process closes and dies all the same', async () => {
    const program = await running('late', 'busy');
    program.process.kill('SIGTERM');
    await program.exited();
    expect(program.output).toMatch(/STOP_DEADLINE[\s\S]*closed after \d+ unwritten, STOPPED/);
    expect(program.process.signalCode).toBe('SIGTERM');
  });

  it('a close that fails ends the process with its error', async () => {
    const program = await running('close-fails', 'wrote');
    program.process.kill('SIGTERM');
    expect(await program.exited()).toBe(1);
    expect(program.errors).toContain('the pool does not close');
  });

  it('what it answers takes the handlers away', () => {
    const before = process.listenerCount('SIGHUP');
    const remove = stopGracefullyOnShutdown(new StreamingContext({ interval: 1000 }), { signals: ['SIGHUP'] });
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    remove();
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });

  it('a signal that is named twice is one signal', () => {
    const before = process.listenerCount('SIGHUP');
    const remove = stopGracefullyOnShutdown(context(), { signals: ['SIGHUP', 'SIGHUP'] });
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    remove();
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no context', () => stopGracefullyOnShutdown([]), /a StreamingContext or an array of them/],
    [
      'nothing',
      () => stopGracefullyOnShutdown(undefined as never),
      /a StreamingContext or an array of them, got undefined/,
    ],
    ['a number', () => stopGracefullyOnShutdown([context(), 5 as never]), /a StreamingContext or an array of them/],
    [
      'an unknown signal',
      () => stopGracefullyOnShutdown(context(), { signals: ['SIGKILL' as never] }),
      /SIGTERM, SIGINT/,
    ],
    ['no deadline', () => stopGracefullyOnShutdown(context(), { deadline: 0 }), /deadline/],
    ['a close that is no function', () => stopGracefullyOnShutdown(context(), { close: 5 as never }), /close/],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

function context(): StreamingContext {
  return new StreamingContext({ interval: 1000 });
}
