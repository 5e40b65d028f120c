import type { FastifyReply } from 'fastify';

/** A signal that is aborted if the client hangs up before it gets the answer. */
export function abortedWhenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
