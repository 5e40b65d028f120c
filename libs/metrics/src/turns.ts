import { setImmediate as nextTurn } from 'node:timers/promises';

/** The longest that a metric computes before others have their turn: heartbeats, the queue and the store. */
const LONGEST_TURN_MS = 50;

/**
 * Makes a function to call between pieces of work. From time to time it lets others have their turn. Without it, a call that
 * prepares thousands of samples would hold up the process until the database takes it for dead.
 */
export function createTurns(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < LONGEST_TURN_MS) return;
    await nextTurn();
    began = performance.now();
  };
}
