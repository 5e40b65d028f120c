import type { RunEvent } from '@xaigrid/contracts';
import { reasonOf, type NoticeListener } from '../notice.js';
import { assertSubjectToken, decodeEvent } from '../task-message.js';
import { within, type Link } from './link.js';
import type { Names } from './names.js';
import { plainReason } from './permissions.js';

const SUBSCRIBE_PATIENCE_MS = 5_000;

/** Sends an event on core NATS. Current listeners receive it; it is not stored. */
export function announceEvent(event: RunEvent, link: Link, names: Names, notice: NoticeListener): void {
  // Without a connection, the client would keep the event in memory until it is outdated.
  if (!link.online()) return;
  try {
    assertSubjectToken(event.runId);
    link.connection.publish(names.eventSubject(event.runId), JSON.stringify(event));
  } catch (error) {
    notice(`An event could not be said: ${reasonOf(error)}.`);
  }
}

/**
 * Subscribes to events. Resolves once the server knows the subscription.
 * @returns a function that ends it
 */
export async function listenToEvents(
  onEvent: (event: RunEvent) => void,
  link: Link,
  names: Names,
  notice: NoticeListener,
): Promise<() => Promise<void>> {
  const readEvent = createEventReader(notice);
  const subscription = link.connection.subscribe(names.eventSubjects, {
    callback: (error, message) => {
      if (error !== null) {
        notice(`Events cannot be heard: ${plainReason(error)}.`);
        return;
      }
      const event = readEvent(message.data);
      if (event === undefined) return;
      try {
        onEvent(event);
      } catch (failure) {
        notice(`A listener failed on an event: ${reasonOf(failure)}.`);
      }
    },
  });
  await within(SUBSCRIBE_PATIENCE_MS, link.connection.flush());
  return () => {
    if (!subscription.isClosed()) subscription.unsubscribe();
    return Promise.resolve();
  };
}

/**
 * Parses events and drops invalid ones. A notice reports the first, second, fourth, eighth … of these, so that garbage cannot
 * fill the log.
 */
function createEventReader(notice: NoticeListener): (data: Uint8Array) => RunEvent | undefined {
  let dropped = 0;
  let sayAt = 1;
  return (data) => {
    try {
      return decodeEvent(data);
    } catch (error) {
      dropped += 1;
      if (dropped === sayAt) {
        sayAt *= 2;
        notice(`Messages dropped from the subject of events: ${dropped}. The last: ${reasonOf(error)}`);
      }
      return undefined;
    }
  };
}
