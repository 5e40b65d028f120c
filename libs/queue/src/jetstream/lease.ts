/** The time for which the server gives a message to nobody else. */
export interface Lease {
  /** Aborted when the lease has ended. */
  readonly signal: AbortSignal;
  readonly lost: () => boolean;
  /** Stops saying that we are alive. */
  readonly end: () => void;
}

export interface LeaseOptions {
  readonly ackWaitMs: number;
  /** Tells the server that the work goes on; rejects when it does not confirm that in time. */
  readonly sayWorking: (timeoutMs: number) => Promise<unknown>;
  /** Milliseconds of a clock that goes on while the process is frozen. */
  readonly now?: () => number;
}

/**
 * Says every third of `ackWaitMs` that the work goes on. The lease is lost when the last confirmed word was *sent* longer
 * than `ackWaitMs` ago: because the server is away, or because this process was frozen, which it learns from the clock.
 *
 * The timer runs on the JavaScript thread: engines that compute in threads of their own do not hold it up, and a blockage
 * of less than two thirds of `ackWaitMs` does no harm.
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
    // Not one more word after the loss: it would extend the lease of whoever has the message now.
    if (lost()) return;
    const sentAt = now();
    sayWorking(interval).then(
      () => {
        confirmedAt = Math.max(confirmedAt, sentAt);
      },
      // The clock decides; one unanswered word is not the end.
      () => undefined,
    );
  }, interval);

  return {
    signal: controller.signal,
    lost,
    end() {
      // Asked a last time, so that `lost` keeps its answer.
      lost();
      ended = true;
      clearInterval(timer);
    },
  };
}
