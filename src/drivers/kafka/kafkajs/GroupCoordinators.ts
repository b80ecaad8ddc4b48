import type { TopicPartition } from '../KafkaDriver.ts';
import type { KafkaFault } from '../kafkaFault.ts';
import { type Coordinator, findCoordinatorCall } from '../wire/findCoordinatorCall.ts';
import type { WireCall } from '../wire/WireCall.ts';
import type { BrokerAddress, KafkajsLinks } from './KafkajsLinks.ts';

/** What a coordinator answered, or why there is none now. */
export type Coordinated<T> =
  | { readonly answer: T; readonly fault?: never }
  | { readonly fault: KafkaFault; readonly answer?: never };

/** Which broker keeps the offsets of which group: asked once, and again after that broker was not the one any more. */
export class GroupCoordinators {
  private readonly known = new Map<string, Coordinator>();

  /**
   * Sends a call to the group's coordinator, which may take `extraMs` longer than others; `faultOf` finds a fault in its
   * answer that concerns the whole group.
   */
  async ask<T>(
    group: string,
    links: KafkajsLinks,
    brokers: readonly BrokerAddress[],
    call: WireCall<T>,
    faultOf: (answer: T) => KafkaFault | undefined,
    extraMs = 0,
  ): Promise<Coordinated<T>> {
    const coordinator =
      this.known.get(group) ?? (await links.any(brokers, (link) => link.call(findCoordinatorCall(group))));
    if (coordinator.error) return { fault: coordinator.error };
    this.known.delete(group);
    const link = await links.to(coordinator);
    const answer = await link.call(call, extraMs);
    // Whatever went wrong on the way, the next call asks anew who keeps this group.
    if (faultOf(answer)?.staleMetadata !== true) this.known.set(group, coordinator);
    return { answer };
  }
}

/** The first fault among the answers of single partitions. */
export function firstFault(
  answers: readonly (TopicPartition & { readonly error?: KafkaFault })[],
): KafkaFault | undefined {
  return answers.find((answer) => answer.error !== undefined)?.error;
}
