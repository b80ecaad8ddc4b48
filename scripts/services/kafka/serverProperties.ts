/** One broker of a cluster: where it listens and what it is called. */
export interface KafkaNode {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  /** A second listener, SASL over TLS. */
  readonly securePort?: number;
  /** A third one, TLS alone. */
  readonly tlsPort?: number;
}

/** `server.properties` of `node`, which is broker and controller at once, in a cluster of `nodes`. */
export function serverProperties(
  node: KafkaNode,
  nodes: readonly KafkaNode[],
  dataFolder: string,
  overrides: Readonly<Record<string, string>> = {},
): string {
  const copies = String(nodes.length);
  const secure =
    (node.securePort === undefined ? '' : `,SECURE://127.0.0.1:${node.securePort}`) +
    (node.tlsPort === undefined ? '' : `,TLS://127.0.0.1:${node.tlsPort}`);
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}${secure}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}${secure}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,TLS:SSL',
    'log.dirs': dataFolder,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': copies,
    'min.insync.replicas': '1',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': '1',
    // A restart waits until the session of the broker's former life has lapsed: with the default, 9 seconds.
    'broker.session.timeout.ms': '1500',
    'broker.heartbeat.interval.ms': '250',
    'controller.quorum.election.timeout.ms': '500',
    'controller.quorum.fetch.timeout.ms': '1000',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // Retention looks every second (for tests that delete records); without -1 it would at once delete what carries an old timestamp.
    'log.retention.ms': '-1',
    'log.retention.check.interval.ms': '1000',
    'log.segment.delete.delay.ms': '1000',
    'log.cleaner.backoff.ms': '200',
    'log.cleaner.threads': '1',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'log.index.size.max.bytes': '1048576',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'background.threads': '2',
    'num.recovery.threads.per.data.dir': '2',
    'controlled.shutdown.enable': nodes.length > 1 ? 'true' : 'false',
    ...overrides,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
