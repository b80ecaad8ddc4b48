/** Offsets in ZooKeeper as programs write them over the client alone. */
export interface NodesByHand {
  make(partitions: number): Promise<void>;
  /** Every node in one transaction. */
  multi(partitions: number, until: number): Promise<void>;
  /** Every node by itself, all sent at once. */
  each(partitions: number, until: number): Promise<void>;
  close(): void;
}

type Done = (error: unknown) => void;

interface Client {
  once(event: 'connected', listener: () => void): void;
  connect(): void;
  close(): void;
  mkdirp(path: string, done: Done): void;
  setData(path: string, data: Buffer, done: Done): void;
  transaction(): { setData(path: string, data: Buffer): unknown; commit(done: Done): void };
}

const nodeOf = (partition: number): string => `/by-hand/lines/${partition}`;

/** Connects to the servers. */
export async function nodesByHand(servers: string): Promise<NodesByHand> {
  // @ts-expect-error: the package has no types.
  const { createClient } = (await import('node-zookeeper-client')) as { createClient(servers: string): Client };
  const client = createClient(servers);
  await new Promise<void>((resolve) => {
    client.once('connected', resolve);
    client.connect();
  });
  return {
    async make(partitions) {
      for (let i = 0; i < partitions; i++) await promised((done) => client.mkdirp(nodeOf(i), done));
    },
    multi(partitions, until) {
      const transaction = client.transaction();
      for (let i = 0; i < partitions; i++) transaction.setData(nodeOf(i), Buffer.from(String(until)));
      return promised((done) => transaction.commit(done));
    },
    async each(partitions, until) {
      const data = Buffer.from(String(until));
      const nodes = Array.from({ length: partitions }, (_, i) => nodeOf(i));
      await Promise.all(nodes.map((node) => promised((done) => client.setData(node, data, done))));
    },
    close: () => client.close(),
  };
}

function promised(call: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}
