import type { JetStreamClient } from '@nats-io/jetstream';
import type { DeadLetter } from '../work-queue.js';
import type { Names } from './names.js';

/**
 * Stores a dead letter where people can look at it (`nats stream view …_DEAD_LETTERS`). The record in the store is what counts.
 */
export async function keepDeadLetter(letter: DeadLetter, client: JetStreamClient, names: Names): Promise<void> {
  const { payload, ...rest } = letter;
  const text = JSON.stringify({ ...rest, at: new Date().toISOString(), payload: Buffer.from(payload).toString('base64') });
  await client.publish(names.deadLetterSubject(letter.stage), text, { timeout: 5_000 });
}
