import { reasonOf } from '../notice.js';

/** What a NATS user was refused. */
interface Refusal {
  /** `may not publish to "XAIGRID.tasks.explain.run"` */
  readonly what: string;
  readonly todo: string;
}

/** `$JS.ACK.<stream>.<consumer>.<numbers …>`: the numbers are of one delivery, the right is for all. */
const ACKNOWLEDGEMENT = /^(\$JS\.ACK\.(?:\w+\.\w+\.)?[\w-]+_TASKS\.\w+)\..*/;

/**
 * What the server's refusal was about, from its own words: clients wrap the error in others that look like a server without
 * JetStream or one that does not answer. Undefined for all other errors.
 */
export function refusalIn(error: unknown): Refusal | undefined {
  const [, action, subject] = /permissions violation for (publish|subscription) to "([^"]+)"/i.exec(reasonOf(error)) ?? [];
  if (action === undefined || subject === undefined) return undefined;
  const right = subject.replace(ACKNOWLEDGEMENT, '$1.>');
  return {
    what: `this NATS user may not ${action.toLowerCase() === 'publish' ? 'publish to' : 'subscribe to'} "${right}"`,
    todo: "allow it in the server's configuration; infra/nats/nats-server.conf has the rights of every service",
  };
}

/** The reason of an error in one clause; of a refusal, with what to do. */
export function plainReason(error: unknown): string {
  const refusal = refusalIn(error);
  return refusal === undefined ? reasonOf(error) : `${refusal.what}; ${refusal.todo}`;
}
