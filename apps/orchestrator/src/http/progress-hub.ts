import type { RunEventData } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';

/** A subscriber to the progress of a run. */
interface ProgressListener {
  /** Never throws. */
  onProgress(data: RunEventData): void;
  /**
   * The run is over (`last` is its final state), or following it failed or was ended. It is called once, and nothing follows it.
   */
  onEnd(last: RunEventData | undefined): void;
}

/** Follows each run once, however many clients watch it, and not at all if nobody does. */
export interface ProgressHub {
  /** @returns a function that ends the subscription */
  subscribe(runId: string, listener: ProgressListener): () => void;
  /** The number of runs that are followed now. */
  readonly followed: number;
  /** Ends all subscriptions. */
  close(): void;
}

interface Followed {
  readonly abort: AbortController;
  readonly listeners: Set<ProgressListener>;
  latest?: RunEventData;
}

export function createProgressHub(options: {
  readonly control: Pick<RunControl, 'follow'>;
  readonly onError: (error: unknown, runId: string) => void;
}): ProgressHub {
  const runs = new Map<string, Followed>();

  function start(runId: string): Followed {
    const followed: Followed = { abort: new AbortController(), listeners: new Set() };
    runs.set(runId, followed);
    void follow(runId, followed);
    return followed;
  }

  async function follow(runId: string, followed: Followed): Promise<void> {
    const { signal } = followed.abort;
    let last: RunEventData | undefined;
    try {
      const state = await options.control.follow(runId, {
        signal,
        onProgress(progress, current, waits) {
          followed.latest = { state: current, progress, ...(waits.length === 0 ? {} : { waits: [...waits] }) };
          for (const listener of followed.listeners) listener.onProgress(followed.latest);
        },
      });
      if (!signal.aborted && followed.latest !== undefined) last = { ...followed.latest, state };
    } catch (error) {
      if (!signal.aborted) options.onError(error, runId);
    }
    end(runId, followed, last);
  }

  function end(runId: string, followed: Followed, last?: RunEventData): void {
    if (runs.get(runId) === followed) runs.delete(runId);
    const listeners = [...followed.listeners];
    followed.listeners.clear();
    for (const listener of listeners) listener.onEnd(last);
  }

  return {
    subscribe(runId, listener) {
      const followed = runs.get(runId) ?? start(runId);
      followed.listeners.add(listener);
      if (followed.latest !== undefined) listener.onProgress(followed.latest);
      return () => {
        followed.listeners.delete(listener);
        if (followed.listeners.size > 0) return;
        followed.abort.abort();
        if (runs.get(runId) === followed) runs.delete(runId);
      };
    },
    get followed() {
      return runs.size;
    },
    close() {
      for (const [runId, followed] of [...runs]) {
        followed.abort.abort();
        end(runId, followed);
      }
    },
  };
}
