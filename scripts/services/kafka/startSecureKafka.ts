import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { serverFolder } from '../cache.ts';
import { freePorts } from '../ports.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';
import { type KafkaBroker, type KafkaOptions, newClusterId, startNode } from './startKafka.ts';

/** A broker with listeners for SASL over TLS and for TLS alone, and what a client needs for them. */
export interface SecureKafka extends KafkaBroker {
  /** The plain listener, for administration by tests. */
  readonly brokers: readonly string[];
  /** The listener with TLS and SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512. */
  readonly secureBrokers: readonly string[];
  /** The listener with TLS alone. */
  readonly tlsBrokers: readonly string[];
  /** The certificate (PEM) that signs the broker's: its own, for `localhost` and 127.0.0.1. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

/** Starts a broker whose user `reader` (password `reader-secret`) logs in by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 over TLS. */
export async function startSecureKafka(options: KafkaOptions = {}): Promise<SecureKafka> {
  const [port, controllerPort, securePort, tlsPort] = (await freePorts(4)) as [number, number, number, number];
  const node = { id: 1, port, controllerPort, securePort, tlsPort };
  const folder = serverFolder('kafka-secure');
  const certificate = await selfSignedCertificate(folder).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const [username, password] = ['reader', 'reader-secret'];
  const properties = { ...secureListeners(certificate, username, password), ...options.properties };
  const formatArgs = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
  const broker = await startNode(node, [node], newClusterId(), { ...options, properties }, { folder, formatArgs });
  const addresses = { secureBrokers: [`localhost:${securePort}`], tlsBrokers: [`localhost:${tlsPort}`] };
  return { ...broker, ...addresses, ca: certificate.pem, username, password };
}

interface Certificate {
  readonly keyStore: string;
  readonly password: string;
  readonly pem: string;
}

async function selfSignedCertificate(folder: string): Promise<Certificate> {
  const keytool = await program('keytool', ['default-jre-headless']);
  const keyStore = join(folder, 'broker.p12');
  const password = 'broker-secret';
  const store = ['-alias', 'broker', '-keystore', keyStore, '-storetype', 'PKCS12', '-storepass', password];
  const subject = ['-dname', 'CN=localhost', '-ext', 'SAN=dns:localhost,ip:127.0.0.1', '-validity', '30'];
  await run(keytool, ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', ...subject, ...store]);
  const pemFile = join(folder, 'broker.pem');
  await run(keytool, ['-exportcert', '-rfc', '-file', pemFile, ...store]);
  return { keyStore, password, pem: readFileSync(pemFile, 'utf8') };
}

function secureListeners(
  { keyStore, password }: Certificate,
  user: string,
  secret: string,
): Readonly<Record<string, string>> {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${secret}";`;
  const stores = ['secure', 'tls'].map((listener) => ({
    [`listener.name.${listener}.ssl.keystore.type`]: 'PKCS12',
    [`listener.name.${listener}.ssl.keystore.location`]: keyStore,
    [`listener.name.${listener}.ssl.keystore.password`]: password,
    [`listener.name.${listener}.ssl.key.password`]: password,
  }));
  return Object.assign(
    {
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.secure.plain.sasl.jaas.config': plain,
      'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
      'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
    },
    ...stores,
  ) as Readonly<Record<string, string>>;
}
