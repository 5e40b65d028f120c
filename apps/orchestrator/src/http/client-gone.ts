import type { FastifyReply } from 'fastify';

/** Aborted when the client hangs up before it was answered. */
export function abortedWhenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
