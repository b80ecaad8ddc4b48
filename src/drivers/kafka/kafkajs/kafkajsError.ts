import { isStreamError, StreamError } from '../../../core/errors.ts';

/** TLS failures that trying again does not cure: the certificates or the configuration have to change. */
const TLS_FAILURE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** How a broker hangs up before it has said anything. */
const HUNG_UP = /^Closed connection$|before secure TLS connection was established$|ECONNRESET/;
const HINT =
  '. If it goes on: the listener at this port may want TLS or SASL, or none; check the options given to kafkajs (brokers, ssl, sasl).';

/**
 * What kafkajs threw while `doing` something, in this package's terms; `isFirst`: the broker has said nothing yet. One that hangs up then may be
 * starting, or speak TLS or SASL where the client does not.
 */
export function kafkajsError(doing: string, error: unknown, isFirst = false): StreamError {
  if (isStreamError(error)) return error;
  const { message, code, retriable } = error as { message?: string; code?: unknown; retriable?: boolean };
  const text = `${doing}: ${message ?? String(error)}`;
  if (retriable === false || TLS_FAILURE.test(String(code ?? ''))) {
    return new StreamError('SOURCE_FAILED', `${text}. Check the options given to kafkajs (brokers, ssl, sasl).`, {
      cause: error,
    });
  }
  const hint = isFirst && HUNG_UP.test(message ?? '') ? HINT : '';
  return new StreamError('SOURCE_UNAVAILABLE', text + hint, { cause: error, retriable: true });
}
