import { freePorts } from '../ports.ts';
import { kafkaJars } from './kafkaJars.ts';
import { KAFKA_4, type KafkaBroker, type KafkaOptions, newClusterId, startNode } from './startKafka.ts';

/** Three brokers that replicate each other. */
export interface KafkaCluster {
  /** All three addresses. */
  readonly brokers: readonly string[];
  /** In the order of their ids, 1 to 3. */
  readonly nodes: readonly KafkaBroker[];
  /** The broker with this id, as metadata names it. */
  node(id: number): KafkaBroker;
  stop(): Promise<void>;
}

/** Starts a cluster of three; ready when every broker sees all three. Topics get three copies unless told otherwise. */
export async function startKafkaCluster(options: KafkaOptions = {}): Promise<KafkaCluster> {
  await kafkaJars(options.version ?? process.env.KAFKA_VERSION ?? KAFKA_4); // once, not three times at once
  const ports = await freePorts(6);
  const plan = [0, 1, 2].map((i) => ({
    id: i + 1,
    port: ports[2 * i] as number,
    controllerPort: ports[2 * i + 1] as number,
  }));
  const clusterId = newClusterId();
  const started = await Promise.allSettled(
    plan.map((node) => startNode(node, plan, clusterId, options, { readyWhenBrokers: plan.length })),
  );
  const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = started.find((result) => result.status === 'rejected');
  if (failure) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw failure.reason;
  }
  return {
    brokers: nodes.flatMap((node) => node.brokers),
    nodes,
    node: (id) => {
      const found = nodes.find((node) => node.id === id);
      if (!found) throw new Error(`no node ${id}: the cluster has 1, 2 and 3`);
      return found;
    },
    stop: async () => {
      // All at once and without ceremony: the last two of a quorum cannot leave it in good order.
      await Promise.all(nodes.map((node) => node.kill9()));
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
