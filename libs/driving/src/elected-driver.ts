import { MESSAGE_VERSION } from '@xaigrid/contracts';
import { aborted } from '@xaigrid/service';
import type { DriveOptions } from './drive-run.js';
import { createDriver, type Driver } from './driver.js';
import { createMendingTally, keepMending } from './mending.js';

/** How often the leader looks for runs that were written to the database and about which it got no event. */
const SWEEP_MS = 10_000;

/**
 * A driver for orchestrators that share a database. The one that Postgres elects drives all runs; the others wait. If a run is
 * submitted, resumed or cancelled at one that waits, that is stored. The leader learns about it from an event or at its next
 * sweep.
 */
export function createElectedDriver(options: DriveOptions): Driver {
  const { store, queue, logger, tally = createMendingTally() } = options;
  let elected: Driver | undefined;

  async function lead(term: AbortSignal): Promise<void> {
    const driver = createDriver({ ...options, tally, signal: term });
    const mending = keepMending({ queue, logger, tally, signal: term });
    const recover = (): void => {
      driver.recover().catch((error: unknown) => {
        if (!term.aborted) logger.warn({ err: error }, 'unfinished runs could not be looked for');
      });
    };
    const timer = setInterval(recover, SWEEP_MS);
    const stopListening = await queue.listen((event) => {
      if (event.kind === 'run-changed') recover();
    });
    try {
      elected = driver;
      logger.info('leading');
      recover();
      await aborted(term);
    } finally {
      elected = undefined;
      clearInterval(timer);
      await stopListening();
      await driver.idle();
      await mending;
    }
  }

  const campaign = store.lead({ signal: options.signal, onElected: lead, onNotice: (sentence) => logger.warn(sentence) });

  return {
    drive(runId) {
      if (elected === undefined) queue.announce({ version: MESSAGE_VERSION, runId, kind: 'run-changed' });
      else elected.drive(runId);
    },
    async recover() {
      await elected?.recover();
    },
    idle: () => campaign,
  };
}
