import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A network connection that a test can cut, stall and slow down. */
export interface TcpProxy {
  /** The same address through the proxy. */
  readonly through: (url: string) => string;
  /** Ends all connections and refuses new ones, as if a host were gone. */
  readonly cut: () => void;
  /** Silently drops everything, as if a cable were cut or a firewall had forgotten the connection. */
  readonly stall: () => void;
  /** Delays each piece by so many milliseconds. */
  readonly slow: (delayMs: number) => void;
  /** Back to normal. Connections that were stalled have lost bytes and are ended. */
  readonly mend: () => void;
  readonly close: () => Promise<void>;
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  let mode: 'whole' | 'cut' | 'stalled' = 'whole';
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  function carry(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on('data', (bytes) => {
      if (mode === 'stalled') return;
      // Timers of equal length fire in order, so bytes stay in order.
      if (delayMs > 0) setTimeout(() => to.write(bytes), delayMs);
      else to.write(bytes);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const server = createServer((near) => {
    if (mode === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(target.port, target.host);
    carry(near, far);
    carry(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    through(url) {
      const proxied = new URL(url);
      proxied.hostname = '127.0.0.1';
      proxied.port = String(address.port);
      return proxied.href;
    },
    cut() {
      mode = 'cut';
      endAll();
    },
    stall() {
      mode = 'stalled';
    },
    slow(milliseconds) {
      delayMs = milliseconds;
    },
    mend() {
      if (mode === 'stalled') endAll();
      mode = 'whole';
      delayMs = 0;
    },
    async close() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
