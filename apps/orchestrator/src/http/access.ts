import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { XaigridError, type AccessRole } from '@xaigrid/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp, HttpParts } from './http-app.js';
import { opensUnknownPage } from './page.js';
import { createSessions, hasSessionCookie, isRead, type Sessions } from './session.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route answers without a token. */
    readonly open?: boolean;
    /** Whether it changes nothing, although its method says so. */
    readonly onlyReads?: boolean;
  }
  interface FastifyRequest {
    /** What whoever asks may do; null on routes that answer without a token. */
    accessRole: AccessRole | null;
  }
}

/** The wrong tokens that one address may send per minute before it must wait. */
const WRONG_TOKENS_A_MINUTE = 30;

/** What a server with a token knows about it. */
export interface Guard {
  /** The sessions of those who know this token; undefined if it is none of this server. */
  readonly sessionsOf: (given: string) => Sessions | undefined;
  /** The header `Set-Cookie` that ends a session. */
  readonly endSession: (request: FastifyRequest) => string;
  /** @throws RATE_LIMITED if there were too many from this address */
  readonly countWrongToken: (request: FastifyRequest) => Promise<void>;
}

/**
 * Refuses requests without permission. With a token, every request except those to open routes must carry it, or one for readers,
 * who change nothing. Without a token the
 * server listens only on this machine. Then a web page in a user's browser must not reach it either (cross-site request forgery,
 * DNS rebinding).
 */
export function guardAccess(app: HttpApp, { token, readToken }: Pick<HttpParts, 'token' | 'readToken'>): Guard | undefined {
  app.decorateRequest('accessRole', null);
  if (token === undefined) {
    app.addHook('onRequest', (request, _reply, done) => {
      assertLocalCaller(request);
      request.accessRole = 'writer';
      done();
    });
    return undefined;
  }
  const holders = [holderOf('writer', token), ...(readToken === undefined ? [] : [holderOf('reader', readToken)])];
  const [writer] = holders;
  const checkAddress = app.createRateLimit({ max: WRONG_TOKENS_A_MINUTE, timeWindow: '1 minute' });
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.open === true || opensUnknownPage(request)) return;
    const holder =
      holders.find(({ expected }) => holdsToken(request, expected)) ?? holders.find(({ sessions }) => sessions.holds(request));
    if (holder === undefined) {
      // Who brings nothing guesses nothing: a page that is open where nobody has logged in must not lock its address out.
      if (hasSessionCookie(request) || request.headers.authorization !== undefined) await countWrongToken(request);
      if (writer !== undefined && hasSessionCookie(request) && isRead(request))
        void reply.header('set-cookie', writer.sessions.end(request));
      return refuse(request, reply);
    }
    request.accessRole = holder.role;
    if (holder.role === 'reader') assertOnlyReads(request);
  });
  return {
    sessionsOf: (given) => holders.find(({ expected }) => timingSafeEqual(digest(given), expected))?.sessions,
    endSession: (request) => writer?.sessions.end(request) ?? '',
    countWrongToken,
  };

  async function countWrongToken(request: FastifyRequest): Promise<void> {
    const limit = await checkAddress(request);
    if (!limit.isAllowed && limit.isExceeded)
      throw new XaigridError('RATE_LIMITED', 'Too many requests with a wrong token came from this address. Wait a minute.');
  }
}

/** One of the tokens of a server, and what it permits. */
interface Holder {
  readonly role: AccessRole;
  readonly expected: Buffer;
  readonly sessions: Sessions;
}

function holderOf(role: AccessRole, token: string): Holder {
  return { role, expected: digest(token), sessions: createSessions(token) };
}

/**
 * What is not known to read only is refused, so that a new route cannot be forgotten here. A path that does not exist is answered
 * as for everybody.
 * @throws FORBIDDEN
 */
function assertOnlyReads(request: FastifyRequest): void {
  if (isRead(request) || request.is404 || request.routeOptions.config.onlyReads === true) return;
  throw new XaigridError(
    'FORBIDDEN',
    'This token is for readers: it sees everything and changes nothing. Use the token of XAIGRID_TOKEN on the orchestrator.',
  );
}

function holdsToken(request: FastifyRequest, expected: Buffer): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), expected);
}

/**
 * A hash of fixed length, so that tokens can be compared in constant time and the comparison does not reveal the token's length.
 */
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

/** Whether a machine reaches only itself under this name or address. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' || /^127(\.\d{1,3}){3}$/.test(host) || (isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::1]')
  );
}
