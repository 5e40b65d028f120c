import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { XaigridError } from '@xaigrid/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from './http-app.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. */
    readonly open?: boolean;
  }
}

/** Wrong tokens one address may send a minute before it is told to wait. */
const WRONG_TOKENS_A_MINUTE = 30;

/**
 * Lets nobody in who may not: with a token, every request but those to open routes must carry it. Without one the server
 * only listens on this machine, and then a web page in somebody's browser must not reach it either (forged cross-site
 * requests, DNS rebinding).
 */
export function guardAccess(app: HttpApp, token: string | undefined): void {
  if (token === undefined) {
    app.addHook('onRequest', (request, _reply, done) => {
      assertLocalCaller(request);
      done();
    });
    return;
  }
  const expected = digest(token);
  const checkAddress = app.createRateLimit({ max: WRONG_TOKENS_A_MINUTE, timeWindow: '1 minute' });
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.open === true || holdsToken(request, expected)) return;
    const limit = await checkAddress(request);
    if (!limit.isAllowed && limit.isExceeded) {
      throw new XaigridError('RATE_LIMITED', 'Too many requests with a wrong token came from this address. Wait a minute.');
    }
    refuse(request, reply);
  });
}

function holdsToken(request: FastifyRequest, expected: Buffer): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), expected);
}

/** Hashes have one length, so that a comparison in constant time is possible and says nothing of the token's length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refuse(request: FastifyRequest, reply: FastifyReply): never {
  const missing = request.headers.authorization === undefined;
  void reply.header('www-authenticate', missing ? 'Bearer realm="xaigrid"' : 'Bearer realm="xaigrid", error="invalid_token"');
  throw new XaigridError(
    'UNAUTHORIZED',
    missing
      ? 'This orchestrator needs a bearer token. Send "Authorization: Bearer …", or set XAIGRID_TOKEN for the xaigrid command.'
      : 'The bearer token is not the one of this orchestrator. Correct the Authorization header, or XAIGRID_TOKEN.',
  );
}

function assertLocalCaller(request: FastifyRequest): void {
  const { host, origin } = request.headers;
  if (host !== undefined && !isLoopbackHost(hostnameOf(`http://${host}`))) {
    throw new XaigridError(
      'UNAUTHORIZED',
      'This orchestrator answers only to names of this machine (localhost, 127.0.0.1). Set XAIGRID_TOKEN to reach it by another one.',
    );
  }
  if (origin !== undefined && !isLoopbackHost(hostnameOf(origin))) {
    throw new XaigridError('UNAUTHORIZED', 'This orchestrator accepts no requests from web pages of other hosts.');
  }
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}

/** True for the names and addresses under which a machine reaches only itself. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' || /^127(\.\d{1,3}){3}$/.test(host) || (isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::1]')
  );
}
