import type { RedisSession } from '../../drivers/redis/redisSession.ts';
import type { CheckpointReport } from '../CheckpointStore.ts';

/** Says what of the server's settings loses a checkpoint. What a server does not tell is not complained of. */
export async function warnOfLosses(
  name: string,
  session: RedisSession,
  report: (report: CheckpointReport) => void,
): Promise<void> {
  const warn = (message: string): void => report({ code: 'CHECKPOINT_AT_RISK', message });
  const info = `${await section(session, 'persistence')}\n${await section(session, 'memory')}`;
  if (/^aof_enabled:0\b/m.test(info)) {
    warn(
      `${name}: this Redis keeps no append-only file: its restart loses what was written since its last snapshot, or all. Set appendonly yes.`,
    );
  }
  const policy = /^maxmemory_policy:(allkeys-\w+)/m.exec(info)?.[1];
  if (policy !== undefined) {
    warn(
      `${name}: with maxmemory-policy ${policy} this Redis may delete parts of the checkpoint. Set it to noeviction.`,
    );
  }
}

/** Managed servers and restricted users may not be allowed to ask. */
function section(session: RedisSession, part: string): Promise<string> {
  return session.run((client) => client.info(part)).catch(() => '');
}
