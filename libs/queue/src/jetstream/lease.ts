/** The time during which the server gives a message to nobody else. */
export interface Lease {
  /** Aborted when the lease has ended. */
  readonly signal: AbortSignal;
  readonly lost: () => boolean;
  /** Stops renewing the lease. */
  readonly end: () => void;
}

export interface LeaseOptions {
  readonly ackWaitMs: number;
  /** Tells the server that the work continues. Rejects if the server does not confirm in time. */
  readonly sayWorking: (timeoutMs: number) => Promise<unknown>;
  /** The milliseconds of a clock that goes on while the process is frozen. */
  readonly now?: () => number;
}

/**
 * Tells the server every third of `ackWaitMs` that the work continues. The lease is lost if the last confirmed message was *sent*
 * more than `ackWaitMs` ago: because the server is unreachable, or because this process was frozen, which the clock shows.
 *
 * The timer runs on the JavaScript thread. Engines that compute in their own threads do not block it. A blockage shorter than two
 * thirds of `ackWaitMs` does no harm.
 */
export function keepLease({ ackWaitMs, sayWorking, now = () => performance.now() }: LeaseOptions): Lease {
  const controller = new AbortController();
  const interval = ackWaitMs / 3;
  let confirmedAt = now();
  let ended = false;

  const lost = (): boolean => {
    if (!controller.signal.aborted && !ended && now() - confirmedAt > ackWaitMs) {
      clearInterval(timer);
      controller.abort(
        new DOMException('The lease of the task ended: NATS did not confirm in time that the work goes on.', 'TimeoutError'),
      );
    }
    return controller.signal.aborted;
  };

  const timer = setInterval(() => {
    // Nothing is sent after the loss: it would extend the lease of the message's new holder.
    if (lost()) return;
    const sentAt = now();
    sayWorking(interval).then(
      () => {
        confirmedAt = Math.max(confirmedAt, sentAt);
      },
      // The clock decides. One unanswered message is not the end.
      () => undefined,
    );
  }, interval);

  return {
    signal: controller.signal,
    lost,
    end() {
      // Called a last time, so that `lost` keeps its answer.
      lost();
      ended = true;
      clearInterval(timer);
    },
  };
}
