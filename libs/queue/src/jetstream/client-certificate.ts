import { connect } from 'node:net';

const PATIENCE_MS = 2_000;

/** More bytes than the longest greeting, which lists the addresses of a NATS cluster. */
const MOST_BYTES = 65_536;

/**
 * Whether one of the servers requires a client certificate. In TLS 1.3, a client is done before the server checks its
 * certificate. If the server then refuses, the NATS client waits for it in vain. The greeting, which comes before TLS, tells.
 */
export async function wantsClientCertificate(addresses: readonly string[]): Promise<boolean> {
  const greetings = await Promise.all(addresses.map(readGreeting));
  return greetings.some((greeting) => /^INFO \{.*"tls_verify":true/.test(greeting));
}

/** The first line of a NATS server. Empty if none comes in time. */
function readGreeting(address: string): Promise<string> {
  const { hostname, port } = new URL(`nats://${address}`);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('\n') || text.length > MOST_BYTES) socket.destroy();
    });
    // The real connection has already reported what is wrong with the address.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text.split('\n')[0] ?? ''));
  });
}
