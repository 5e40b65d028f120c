import { reasonOf } from '../notice.js';

/** The permission that a NATS user lacks. */
interface Refusal {
  /** `may not publish to "XAIGRID.tasks.explain.run"` */
  readonly what: string;
  readonly todo: string;
}

/** `$JS.ACK.<stream>.<consumer>.<numbers …>`. The numbers belong to one delivery, but the permission is for all. */
const ACKNOWLEDGEMENT = /^(\$JS\.ACK\.(?:\w+\.\w+\.)?[\w-]+_TASKS\.\w+)\..*/;

/**
 * What the server refused, from its own message. Clients wrap the error in others that look like a server without JetStream, or
 * like one that does not answer. Undefined for all other errors.
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

/** The reason of an error in one clause. For a refusal it includes what to do. */
export function plainReason(error: unknown): string {
  const refusal = refusalIn(error);
  return refusal === undefined ? reasonOf(error) : `${refusal.what}; ${refusal.todo}`;
}
