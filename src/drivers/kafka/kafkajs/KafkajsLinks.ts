import { StreamError } from '../../../core/errors.ts';
import { KafkajsLink } from './KafkajsLink.ts';
import { kafkajsError } from './kafkajsError.ts';
import type { KafkajsCluster } from './kafkajsInternals.ts';

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** More configured addresses than this are not tried in one go. */
const MAX_SEEDS = 64;

/** The links to all brokers, one for each address, made when first needed and made anew after they broke. */
export class KafkajsLinks {
  private readonly cluster: KafkajsCluster;
  private readonly requestTimeoutMs: number;
  private readonly makesSockets: boolean;
  private readonly links = new Map<string, KafkajsLink>();
  private readonly making = new Map<string, Promise<KafkajsLink>>();
  private closed: StreamError | undefined;
  private lastGood = '';

  constructor(cluster: KafkajsCluster, requestTimeoutMs: number, makesSockets: boolean) {
    this.cluster = cluster;
    this.requestTimeoutMs = requestTimeoutMs;
    this.makesSockets = makesSockets;
  }

  /** The link to an address. Nothing is connected before its first request. */
  to(address: BrokerAddress): Promise<KafkajsLink> {
    const key = `${address.host}:${address.port}`;
    const link = this.links.get(key);
    if (link?.usable) return Promise.resolve(link);
    const pending = this.making.get(key);
    if (pending) return pending;
    const making = this.make(address).finally(() => this.making.delete(key));
    this.making.set(key, making);
    return making;
  }

  /**
   * Asks one broker after the other until one answers: those with an open socket first, then the `known` ones, then the
   * configured addresses. Once all have failed it rejects with the failure that trying again does not cure, if there was
   * one, else with the last.
   */
  async any<T>(known: readonly BrokerAddress[], ask: (link: KafkajsLink) => Promise<T>): Promise<T> {
    const tried = new Set<string>();
    let failure: StreamError | undefined;
    for await (const link of this.candidates(known, tried)) {
      if (tried.has(link.address)) continue;
      tried.add(link.address);
      try {
        const answer = await ask(link);
        this.lastGood = link.address;
        return answer;
      } catch (error) {
        if (this.closed) throw this.closed;
        const latest = kafkajsError(link.address, error);
        failure = failure?.retriable === false ? failure : latest;
      }
    }
    const { code, message, retriable } = failure ?? kafkajsError('kafkajs', 'it has no addresses');
    const tries = `No Kafka broker answered (tried ${[...tried].join(', ')})`;
    throw new StreamError(code, `${tries}. ${message}`, { cause: failure, retriable });
  }

  /** Drops all links; calls after this and calls under way reject with `error`. */
  close(error: StreamError): void {
    this.closed ??= error;
    for (const link of this.links.values()) link.drop(error);
    this.links.clear();
  }

  private async *candidates(known: readonly BrokerAddress[], tried: ReadonlySet<string>): AsyncGenerator<KafkajsLink> {
    const open = [...this.links.values()].filter((link) => link.open);
    yield* open.sort((a, b) => Number(b.address === this.lastGood) - Number(a.address === this.lastGood));
    for (const address of known) yield await this.to(address);
    for (let turn = 0; turn < MAX_SEEDS; turn++) {
      const seed = await this.seed();
      if (tried.has(seed.address)) return;
      yield seed;
    }
  }

  private async seed(): Promise<KafkajsLink> {
    const broker = await this.cluster.broker().catch((error: unknown) => {
      throw kafkajsError('Kafka has no address to begin with', error);
    });
    return this.to(broker.connectionPool);
  }

  private async make(address: BrokerAddress): Promise<KafkajsLink> {
    if (this.closed) throw this.closed;
    const link = new KafkajsLink(await this.cluster.broker(address), this.requestTimeoutMs, this.makesSockets);
    if (this.closed) throw this.closed;
    // Brokers come back under other addresses: those of before are not kept for ever.
    for (const [key, { usable }] of this.links) if (!usable) this.links.delete(key);
    this.links.set(link.address, link);
    return link;
  }
}
