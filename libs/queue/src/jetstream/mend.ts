import { stages, type Stage } from '@xaigrid/contracts';
import type { ConsumerInfo, JetStreamManager, NextMsgRequest, SeqMsgRequest, StoredMsg } from '@nats-io/jetstream';
import type { Mending } from '../work-queue.js';
import type { Names } from './names.js';
import { unlessMissing } from './topology.js';

export interface MenderOptions {
  readonly manager: JetStreamManager;
  readonly names: Names;
  readonly ackWaitMs: number;
  /** Makes missing consumers. */
  readonly repair: () => Promise<void>;
  readonly now?: () => number;
}

/** How many checks in a row must find a consumer that delivers nothing although it has messages and workers wait. */
const STALLED_LOOKS = 3;
/** The most messages that one check removes. The next check continues. */
const MOST_REMOVED = 5_000;

interface Stall {
  readonly deliveries: number;
  readonly since: number;
  readonly looks: number;
}

/**
 * Repairs the state of a nats-server that was killed. The server writes its streams and consumers separately and with delay. So
 * either may be older than the other, and than what was acknowledged. Seen with 2.9.10:
 *
 * - Acknowledged messages are in the stream again, up to 514 of 600 after one `kill -9`. The consumer is past them and will not
 * deliver them. They are removed; one of them may be missing in the server's index of subjects.
 * - The stream ends before the last message that the consumer has delivered. New messages get numbers that the consumer has
 * passed. The consumer is made again and delivers everything in the stream.
 * - The consumer waits for acknowledgements of messages that no longer exist, and delivers nothing, forever. It is made again
 * too.
 *
 * Messages may be delivered twice because of this. That does no harm, since every task may be done twice.
 */
export function createMender(options: MenderOptions): () => Promise<Mending> {
  const { manager, names, ackWaitMs, now = () => performance.now() } = options;
  const stalls = new Map<Stage, Stall>();

  async function mendStage(stage: Stage): Promise<{ removed: number; rebuilt: boolean }> {
    const consumer = await unlessMissing(manager.consumers.info(names.tasksStream, names.consumer(stage)));
    if (consumer === undefined) {
      await options.repair();
      return { removed: 0, rebuilt: true };
    }
    // Asked after the consumer, because the last number of a stream only grows.
    const { state } = await manager.streams.info(names.tasksStream);
    if (state.last_seq < consumer.delivered.stream_seq || stalled(stage, consumer)) {
      await rebuild(stage);
      return { removed: 0, rebuilt: true };
    }
    return { removed: await removeStranded(stage, endOfAcknowledged(consumer)), rebuilt: false };
  }

  function stalled(stage: Stage, consumer: ConsumerInfo): boolean {
    const deliveries = consumer.delivered.consumer_seq;
    const before = stalls.get(stage);
    stalls.delete(stage);
    if (consumer.num_waiting === 0 || consumer.num_pending === 0) return false;
    const goesOn = before?.deliveries === deliveries;
    const stall = { deliveries, since: goesOn ? before.since : now(), looks: goesOn ? before.looks + 1 : 1 };
    stalls.set(stage, stall);
    return stall.looks >= STALLED_LOOKS && now() - stall.since >= ackWaitMs;
  }

  async function rebuild(stage: Stage): Promise<void> {
    stalls.delete(stage);
    await unlessMissing(manager.consumers.delete(names.tasksStream, names.consumer(stage)));
    await options.repair();
  }

  /** Removes the messages of a stage up to the stream's number `end`. All of them were acknowledged. */
  async function removeStranded(stage: Stage, end: number): Promise<number> {
    let removed = 0;
    for (let from = 1; removed < MOST_REMOVED; removed += 1) {
      const message = (await nextOf(stage, from)) ?? (await firstIfOf(stage));
      if (message === undefined || message.seq > end) break;
      await manager.streams.deleteMessage(names.tasksStream, message.seq, false);
      from = message.seq + 1;
    }
    return removed;
  }

  const nextOf = (stage: Stage, from: number) => messageAt({ seq: from, next_by_subj: names.stageSubjects(stage) });

  /** The stream's first message, if it belongs to this stage: the index of subjects may lack it. */
  async function firstIfOf(stage: Stage): Promise<StoredMsg | undefined> {
    const first = await messageAt({ seq: 1, next_by_subj: '>' });
    return first?.subject.startsWith(names.stageSubjects(stage).replace('>', '')) === true ? first : undefined;
  }

  async function messageAt(query: SeqMsgRequest & NextMsgRequest): Promise<StoredMsg | undefined> {
    return (await manager.streams.getMessage(names.tasksStream, query)) ?? undefined;
  }

  return async () => {
    let removed = 0;
    const rebuilt: Stage[] = [];
    for (const stage of stages) {
      const mended = await mendStage(stage);
      removed += mended.removed;
      if (mended.rebuilt) rebuilt.push(stage);
    }
    return { removed, rebuilt };
  };
}

/** The number up to which every message was acknowledged. */
function endOfAcknowledged(consumer: ConsumerInfo): number {
  return consumer.num_ack_pending === 0 ? consumer.delivered.stream_seq : consumer.ack_floor.stream_seq;
}
