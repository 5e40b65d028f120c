import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

const name = 'xaigrid-session';
const LIFETIME_S = 7 * 24 * 3600;

/**
 * The sessions of browsers that gave the token once: a signed time of expiry in a cookie that scripts cannot read. They outlive
 * the process, and end when the token changes.
 */
export interface Sessions {
  /** The header `Set-Cookie` that begins a session. */
  begin(request: FastifyRequest): string;
  /** The header `Set-Cookie` that ends one. */
  end(request: FastifyRequest): string;
  /** Whether the request belongs to a session, and comes from a page of this server if it may change something. */
  holds(request: FastifyRequest): boolean;
}

export function createSessions(token: string): Sessions {
  const key = createHmac('sha256', token).update('xaigrid session').digest();
  const sign = (expiry: string): Buffer => createHmac('sha256', key).update(expiry).digest();
  const cookie = (request: FastifyRequest, value: string, seconds: number): string =>
    [
      `${name}=${value}`,
      ...['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${seconds}`],
      ...(isEncrypted(request) ? ['Secure'] : []),
    ].join('; ');
  return {
    begin(request) {
      const expiry = String(Math.floor(Date.now() / 1000) + LIFETIME_S);
      return cookie(request, `${expiry}.${sign(expiry).toString('base64url')}`, LIFETIME_S);
    },
    end: (request) => cookie(request, '', 0),
    holds(request) {
      const [expiry = '', signature = ''] = cookieOf(request)?.split('.') ?? [];
      const given = Buffer.from(signature, 'base64url');
      const expected = sign(expiry);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
      return Number(expiry) > Date.now() / 1000 && isOwn(request);
    },
  };
}

/** Whether the request brings a cookie of a session, be it valid or not. */
export function hasSessionCookie(request: FastifyRequest): boolean {
  return cookieOf(request) !== undefined;
}

/** Whether the method of the request says that it changes nothing. */
export function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function cookieOf(request: FastifyRequest): string | undefined {
  const parts = (request.headers.cookie ?? '').split(';').map((part) => part.trim());
  return parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Whether the browser speaks TLS, with us or with a proxy before us. */
function isEncrypted(request: FastifyRequest): boolean {
  return request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
}

/** Reads may come from anywhere: SameSite keeps the cookie from other sites. A change must come from a page of this server. */
function isOwn(request: FastifyRequest): boolean {
  if (isRead(request)) return true;
  const { origin, host } = request.headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
