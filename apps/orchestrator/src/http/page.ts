import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { XaigridError } from '@xaigrid/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { HttpApp } from './http-app.js';
import { isRead } from './session.js';

/** The addresses of the page's views. The page itself reads what follows. */
const views = ['/', '/runs/:id', '/runs/:id/samples/:index', '/compare', '/new', '/cluster'];

const mediaTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of the page. It is compressed when it is first asked for. */
interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly encoded: Map<string, Promise<Buffer>>;
}

export interface PageFiles {
  readonly document: string;
  /** By the path of their address. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/** They do not change while the process runs. */
let files: Promise<PageFiles> | undefined;

/**
 * Serves the page: its files, which have their hash in their name and never change, and for each view the document that loads
 * them. The policy of the document lets nothing run or load but these files; styles that the components add carry the nonce of
 * their document.
 */
export function addPageRoutes(app: HttpApp, { document, assets }: PageFiles): void {
  const options = { schema: { hide: true, querystring: z.looseObject({}) }, config: { open: true } };

  for (const url of views) app.get(url, options, (_request, reply) => sendDocument(reply, { document }));
  for (const [path, asset] of assets) app.get(path, options, (request, reply) => sendAsset(request, reply, asset));
}

/** The files of the page. @throws INTERNAL if they are not built */
export function pageFiles(): Promise<PageFiles> {
  return (files ??= readFiles());
}

/** Whether a browser opens an address that no route takes: the page then says that there is nothing, and leads back. */
export function opensUnknownPage(request: FastifyRequest): boolean {
  const isOpened = isRead(request) && (request.headers.accept ?? '').includes('text/html');
  return isOpened && request.is404 && !request.url.startsWith('/v1/');
}

export function sendDocument(reply: FastifyReply, { document }: Pick<PageFiles, 'document'>): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .header('referrer-policy', 'same-origin')
    .header('cache-control', 'no-store')
    .send(document.replaceAll('__NONCE__', nonce));
}

async function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): Promise<FastifyReply> {
  const accepted = request.headers['accept-encoding'] ?? '';
  const encoding = ['br', 'gzip'].find((one) => accepted.includes(one));
  if (encoding !== undefined) void reply.header('content-encoding', encoding);
  const isHashed = request.url.startsWith('/assets/');
  return reply
    .type(asset.type)
    .header('vary', 'accept-encoding')
    .header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'public, max-age=3600')
    .send(encoding === undefined ? asset.plain : await encodedAs(asset, encoding));
}

function encodedAs({ plain, encoded }: Asset, encoding: string): Promise<Buffer> {
  const known = encoded.get(encoding);
  if (known !== undefined) return known;
  const made =
    encoding === 'br'
      ? promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
      : promisify(gzip)(plain);
  encoded.set(encoding, made);
  return made;
}

async function readFiles(): Promise<PageFiles> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@xaigrid/web/package.json')), 'dist');
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    files = undefined;
    throw new XaigridError('INTERNAL', `The page is not built in ${folder}: run npm run build.`, { cause: error });
  });
  const assets = await Promise.all(
    names
      .filter((name) => mediaTypes[extname(name)] !== undefined)
      .map(async (name): Promise<readonly [string, Asset]> => {
        const plain = await readFile(join(folder, name));
        return [`/${name}`, { type: mediaTypes[extname(name)] ?? '', plain, encoded: new Map() }];
      }),
  );
  return { document: await readFile(join(folder, 'index.html'), 'utf8'), assets: new Map(assets) };
}
