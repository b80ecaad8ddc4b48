import { createHash } from 'node:crypto';
import type { RedisClient } from '../../drivers/redis/RedisTarget.ts';

/** What a script is given. */
export type ScriptArgument = string | number | Buffer;

/** Scripts and their names at a server. */
const names = new Map<string, string>();

/**
 * Runs a script by its name, and with its text where the server does not have it: never seen, restarted, `SCRIPT FLUSH`. That answer comes
 * before anything is run, so it runs once.
 */
export async function runScript(
  client: RedisClient,
  script: string,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<readonly string[]> {
  const scripts = client as unknown as Scripts;
  // An array, since a call takes no hundred thousand arguments; ioredis flattens it.
  const given = [...keys, ...args];
  try {
    return await scripts.evalsha(nameOf(script), keys.length, given);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return scripts.eval(script, keys.length, given);
  }
}

function nameOf(script: string): string {
  const known = names.get(script);
  if (known !== undefined) return known;
  const name = createHash('sha1').update(script).digest('hex');
  names.set(script, name);
  return name;
}

/** As they are used here; ioredis takes arrays, its types do not say so. */
interface Scripts {
  eval(script: string, numberOfKeys: number, args: readonly ScriptArgument[]): Promise<readonly string[]>;
  evalsha(name: string, numberOfKeys: number, args: readonly ScriptArgument[]): Promise<readonly string[]>;
}
