import { XaigridError } from '@xaigrid/contracts';
import { reasonOf } from '../notice.js';
import { refusalIn } from './permissions.js';

/**
 * The error of a connection that could not be made, in one sentence: where, why, what to do. It never shows a login.
 * @param certificate what the server did about the client certificate, if that is the reason
 */
export function unreachableError(addresses: readonly string[], error: unknown, certificate?: 'wanted' | 'refused'): XaigridError {
  const where = addresses.join(', ');
  const { why, todo } = certificate === undefined ? diagnose(error) : aboutCertificate[certificate];
  return new XaigridError('QUEUE_UNREACHABLE', `Cannot use NATS at ${where} (${why}); ${todo}.`, { cause: error });
}

/** Messages of sockets, of the client (`undefined error`: closed without a reason) and of the server for temporary errors. */
const AWAY =
  /ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|refused|reset|timeout|disconnect|undefined error|closed|hang up|temporarily unavailable|insufficient (?:storage )?resources/i;

/**
 * Whether one of our errors says that NATS is unreachable or starting, so that waiting helps. False if it refuses the login, the
 * permission or the encryption, or has no JetStream: only a person can fix those.
 */
export function isQueueAway(error: unknown): boolean {
  if (!(error instanceof XaigridError) || error.code !== 'QUEUE_UNREACHABLE' || error.cause === undefined) return false;
  const { cause } = error;
  if (refusesLogin(cause)) return false;
  if (refusalIn(cause) !== undefined || error.message.includes('certificate')) return false;
  return AWAY.test(reasonOf(cause));
}

/** Recognised by the names of the client's errors, because the client is loaded only for a NATS queue. */
function refusesLogin(error: unknown): boolean {
  return error instanceof Error && ['AuthorizationError', 'UserAuthenticationExpiredError'].includes(error.name);
}

const aboutCertificate = {
  wanted: { why: 'it wants a client certificate', todo: 'set NATS_CERT_FILE and NATS_KEY_FILE' },
  refused: {
    why: 'it refuses the client certificate',
    todo: 'check NATS_CERT_FILE and NATS_KEY_FILE against the authority that the server trusts',
  },
} as const;

function diagnose(error: unknown): { why: string; todo: string } {
  const reason = reasonOf(error);
  if (refusesLogin(error)) {
    return {
      why: 'it refuses the login',
      todo: 'check NATS_USER and NATS_PASSWORD, NATS_TOKEN, NATS_NKEY_SEED or NATS_CREDENTIALS_FILE',
    };
  }
  const refusal = refusalIn(error);
  if (refusal !== undefined) return { why: refusal.what, todo: refusal.todo };
  if (/jetstream.*not.*enabled|no responders|503/i.test(reason)) {
    return { why: 'JetStream is not enabled there', todo: 'start nats-server with -js, or enable JetStream for this account' };
  }
  if (reason.includes("does not support 'tls'")) {
    return {
      why: 'it does not encrypt connections',
      todo: 'give it a certificate, or, where the network is trusted, set NATS_URL=nats://… without NATS_CA_FILE',
    };
  }
  if (reason.includes('altnames'))
    return { why: reason.replace(/\.? is not in/, ' is not in'), todo: 'use a host name of its certificate in NATS_URL' };
  if (/certificate|self.signed/i.test(reason)) {
    return { why: `its certificate is not trusted: ${reason}`, todo: 'set NATS_CA_FILE to the authority that signed it' };
  }
  if (/tls|ssl/i.test(reason)) return { why: reason, todo: 'check NATS_CA_FILE, NATS_CERT_FILE and NATS_KEY_FILE' };
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return { why: 'the host name is unknown', todo: 'correct NATS_URL' };
  const why = reason.includes('undefined error') ? 'it closed the connection before it said a word' : reason;
  return { why, todo: 'start nats-server with -js there, or correct NATS_URL' };
}
