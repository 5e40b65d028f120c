import type { ErrorCode, Task } from '@xaigrid/contracts';

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A message that a consumer holds the lease of: what an adapter must be able to do with it. */
export interface HeldDelivery {
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** The error that ended an earlier attempt, when the message was given back with it. */
  readonly error: PlainError | undefined;
  /** @throws XaigridError `MESSAGE_INVALID` */
  readonly read: () => Task;
  /** The raw message; made on demand. */
  readonly payload: () => Uint8Array;
  /** True when the lease has ended, so that somebody else may hold the message now. */
  readonly lost: () => boolean;
  /** Takes the message off the queue. */
  readonly remove: () => Promise<void>;
  /** Makes the message available again after `delayMs`, this attempt counted. */
  readonly retry: (delayMs: number) => Promise<void>;
  /** Makes the message available at once, with `attempts` counted so far. */
  readonly giveBack: (used: { readonly attempts: number; readonly error?: PlainError }) => Promise<void>;
}
