import type { ConnectionError } from 'fastify';
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';

/** Answers connections that send no valid HTTP request, and so never reach a route, in the same form as all other errors. */
export function answerBrokenRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, message } = sayingOf(error.code);
  const body = JSON.stringify({ error: { code: 'REQUEST_INVALID', message } });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function sayingOf(code: string): { readonly status: number; readonly message: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 431, message: 'The URL and headers of the request are longer than 16 KiB. Send less of them.' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, message: 'The request did not arrive in time. Send it again.' };
  return { status: 400, message: 'This is not an HTTP/1.1 request.' };
}
