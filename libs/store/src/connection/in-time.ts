import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for work, but only for so long.
 * @throws Error if the work takes longer
 */
export async function inTime<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  // If the work fails later, nobody is told.
  work.catch(() => undefined);
  const tooLate = delay(Math.max(0, milliseconds), undefined, { signal: timer.signal }).then(() => {
    throw new Error('Postgres does not answer in time');
  });
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    timer.abort();
  }
}

export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
