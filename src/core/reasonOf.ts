import { shown } from './arguments.ts';

/** What a failure says of itself, for a message. Anything can be thrown; this never throws. */
export function reasonOf(thrown: unknown): string {
  try {
    if (typeof thrown !== 'object' || thrown === null) return String(thrown);
    const { message, code, name } = thrown as { message?: unknown; code?: unknown; name?: unknown };
    // Some errors of Node have no message of their own, but a code.
    const words = [message, code, name].find((text) => typeof text === 'string' && text !== '');
    return (words as string | undefined) ?? shown(thrown);
  } catch {
    return 'what was thrown cannot be shown';
  }
}
