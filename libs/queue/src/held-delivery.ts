import type { ErrorCode, Task } from '@xaigrid/contracts';

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A message whose lease a consumer holds: the operations that an adapter must provide. */
export interface HeldDelivery {
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** The error of an earlier attempt, if the message was given back with one. */
  readonly error: PlainError | undefined;
  /**
   * Parses the message.
   * @throws XaigridError `MESSAGE_INVALID`
   */
  readonly read: () => Task;
  /** The raw message. It is made on demand. */
  readonly payload: () => Uint8Array;
  /** True if the lease has ended, so that another consumer may hold the message. */
  readonly lost: () => boolean;
  /** Removes the message from the queue. */
  readonly remove: () => Promise<void>;
  /** Makes the message available again after `delayMs`. This attempt counts. */
  readonly retry: (delayMs: number) => Promise<void>;
  /** Makes the message available at once, with `attempts` counted so far. */
  readonly giveBack: (used: { readonly attempts: number; readonly error?: PlainError }) => Promise<void>;
}
