import { isStreamError, StreamError } from '../../../core/errors.ts';

/** TLS failures that trying again does not cure: the certificates or the configuration have to change. */
const TLS_FAILURE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** What kafkajs threw while `doing` something, in this package's terms. */
export function kafkajsError(doing: string, error: unknown): StreamError {
  if (isStreamError(error)) return error;
  const { message, code, retriable } = error as { message?: string; code?: unknown; retriable?: boolean };
  const text = `${doing}: ${message ?? String(error)}`;
  if (retriable === false || TLS_FAILURE.test(String(code ?? ''))) {
    return new StreamError('SOURCE_FAILED', `${text}. Check the options given to kafkajs (brokers, ssl, sasl).`, {
      cause: error,
    });
  }
  return new StreamError('SOURCE_UNAVAILABLE', text, { cause: error, retriable: true });
}
