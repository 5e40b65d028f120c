import type { Socket } from 'node:net';
import type { HttpApp } from './http-app.js';

/** How long requests in progress may still take when the server closes. */
const GRACE_MS = 5_000;

/**
 * Lets the server close soon. Node itself closes idle connections, but not those on which no request ever came (browsers and
 * undici open some in advance): it would wait a minute for each. An upload must not delay the end of the process either.
 */
export function endConnectionsOnClose(app: HttpApp): void {
  const unused = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  app.server.on('request', ({ socket }) => unused.delete(socket));
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', (done) => {
    for (const socket of unused) socket.destroy();
    timer = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearTimeout(timer);
    done();
  });
}
