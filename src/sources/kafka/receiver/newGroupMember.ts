import type { KafkaDriver } from '../../../drivers/kafka/KafkaDriver.ts';
import type { KafkaGroupMember } from '../../../drivers/kafka/KafkaGroupMember.ts';

type GroupDriver = KafkaDriver & Required<Pick<KafkaDriver, 'groupMember'>>;

/** A member of the group to be; that the driver can have members was looked at where it was given. */
export function newGroupMember(driver: KafkaDriver, groupId: string): KafkaGroupMember {
  return (driver as GroupDriver).groupMember(groupId);
}

/** Takes a member out of the group while its own connection waits for a rebalance. */
export async function leaveFromBeside(driver: KafkaDriver, groupId: string, memberId: string): Promise<void> {
  const another = newGroupMember(driver, groupId);
  try {
    await another.leave(memberId);
  } finally {
    another.close();
  }
}
