import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { serverFolder } from '../cache.ts';
import { freePorts } from '../ports.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';
import { type KafkaBroker, type KafkaOptions, newClusterId, startNode } from './startKafka.ts';

/** A broker with a second listener that speaks SASL/SCRAM over TLS, and what a client needs for it. */
export interface SecureKafka extends KafkaBroker {
  /** The plain listener, for administration by tests. */
  readonly brokers: readonly string[];
  /** The listener with TLS and SCRAM. */
  readonly secureBrokers: readonly string[];
  /** The certificate (PEM) that signs the broker's: its own, for `localhost` and 127.0.0.1. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

/** Starts a broker whose user `reader` (password `reader-secret`) logs in by SCRAM-SHA-256 or SCRAM-SHA-512 over TLS. */
export async function startSecureKafka(options: KafkaOptions = {}): Promise<SecureKafka> {
  const [port, controllerPort, securePort] = (await freePorts(3)) as [number, number, number];
  const node = { id: 1, port, controllerPort, securePort };
  const folder = serverFolder('kafka-secure');
  const certificate = await selfSignedCertificate(folder).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const [username, password] = ['reader', 'reader-secret'];
  const properties = { ...secureListener(certificate), ...options.properties };
  const formatArgs = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
  const broker = await startNode(node, [node], newClusterId(), { ...options, properties }, { folder, formatArgs });
  return { ...broker, secureBrokers: [`localhost:${securePort}`], ca: certificate.pem, username, password };
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

function secureListener({ keyStore, password }: Certificate): Record<string, string> {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
    'listener.name.secure.ssl.keystore.type': 'PKCS12',
    'listener.name.secure.ssl.keystore.location': keyStore,
    'listener.name.secure.ssl.keystore.password': password,
    'listener.name.secure.ssl.key.password': password,
  };
}
