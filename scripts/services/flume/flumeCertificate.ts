import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { serverFolder } from '../cache.ts';
import { program } from '../programs.ts';
import { run } from '../run.ts';

/** A certificate for `localhost` and 127.0.0.1 that signs itself, as a server in Node and a Java client want it. */
export interface FlumeCertificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** A Java key store that trusts it. */
  readonly trustStore: string;
  readonly trustStorePassword: string;
  /** Removes its files. */
  remove(): void;
}

/** Made anew each time. */
export async function flumeCertificate(): Promise<FlumeCertificate> {
  const keytool = await program('keytool', ['default-jre-headless']);
  const openssl = await program('openssl', ['openssl']);
  const folder = serverFolder('flume-tls');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const file = (name: string): string => join(folder, name);
  const trustStorePassword = 'flume-secret';
  try {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', '30'];
    const files = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
    await run(openssl, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
    const store = ['-keystore', file('trust.jks'), '-storetype', 'JKS', '-storepass', trustStorePassword];
    await run(keytool, ['-importcert', '-noprompt', '-alias', 'server', '-file', file('cert.pem'), ...store]);
    return {
      key: readFileSync(file('key.pem'), 'utf8'),
      cert: readFileSync(file('cert.pem'), 'utf8'),
      trustStore: file('trust.jks'),
      trustStorePassword,
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}
