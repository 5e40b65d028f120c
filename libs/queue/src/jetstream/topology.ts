import { stages, XaigridError, type Stage } from '@xaigrid/contracts';
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Names } from './names.js';

const DAY_MS = 86_400_000;
const SUBJECTS_OVERLAP = 10_065;

export interface TopologyOptions {
  readonly names: Names;
  readonly ackWaitMs: number;
  readonly replicas: number;
}

/**
 * Makes missing streams and consumers, as at first use and after NATS lost its storage. Existing consumers get this process's
 * `ack_wait`. Several processes may do so at once.
 */
export async function ensureTopology(manager: JetStreamManager, options: TopologyOptions): Promise<void> {
  const { names, replicas } = options;
  await ensureStream(manager, {
    name: names.tasksStream,
    description: 'xaigrid: tasks that wait for a worker',
    subjects: stages.map(names.stageSubjects),
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    duplicate_window: nanos(120_000),
  });
  await ensureStream(manager, {
    name: names.deadLettersStream,
    description: 'xaigrid: tasks that were given up, for people to look at',
    subjects: [names.deadLetterSubjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_age: nanos(14 * DAY_MS),
    max_bytes: 64 * 1024 * 1024,
  });
  for (const stage of stages) await ensureConsumer(manager, stage, options);
}

async function ensureStream(
  manager: JetStreamManager,
  wanted: Partial<StreamConfig> & { name: string; subjects: string[] },
): Promise<void> {
  const lookUp = () => unlessMissing(manager.streams.info(wanted.name));
  const found = (await lookUp()) ?? (await addUnlessFound(() => manager.streams.add(wanted), lookUp));
  const { retention, subjects } = found.config;
  if (retention !== wanted.retention) {
    throw new XaigridError(
      'QUEUE_UNREACHABLE',
      `The NATS stream ${wanted.name} has the retention "${retention}" but "${String(wanted.retention)}" is needed; delete it or choose another queue prefix.`,
    );
  }
  // A stage that this version added, or that an older version did not know.
  if (wanted.subjects.some((subject) => !subjects.includes(subject))) {
    await manager.streams.update(wanted.name, { subjects: [...new Set([...subjects, ...wanted.subjects])] });
  }
}

async function ensureConsumer(manager: JetStreamManager, stage: Stage, { names, ackWaitMs }: TopologyOptions): Promise<void> {
  const adjustable = {
    ack_wait: nanos(ackWaitMs),
    // No bound here. A message beyond `max_deliver` would stay in the stream unseen; server 2.9 reports it only in an advisory,
    // which may be lost. Instead, the consumer that gets the attempt after the last one makes the task a dead letter.
    max_deliver: -1,
    // Tasks that wait for their next attempt count as pending. They must not hold up others, however many they are.
    max_ack_pending: -1,
  };
  const stream = names.tasksStream;
  const lookUp = () => unlessMissing(manager.consumers.info(stream, names.consumer(stage)));
  const add = () =>
    manager.consumers.add(stream, {
      durable_name: names.consumer(stage),
      filter_subject: names.stageSubjects(stage),
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      // One pull per idle slot of every worker. The default of 512 would be enough for a hundred workers.
      max_waiting: 16_384,
      ...adjustable,
    });
  const { config } = (await lookUp()) ?? (await addUnlessFound(add, lookUp));
  if (config.ack_wait !== adjustable.ack_wait || config.max_deliver !== -1 || config.max_ack_pending !== -1) {
    await manager.consumers.update(stream, names.consumer(stage), adjustable);
  }
}

/**
 * Adds something that several processes may add at once: a process that is refused checks whether it exists now. Server 2.9.10
 * refuses the slower process with various messages, such as "subjects overlap with an existing stream".
 */
async function addUnlessFound<Info>(add: () => Promise<Info>, lookUp: () => Promise<Info | undefined>): Promise<Info> {
  try {
    return await add();
  } catch (error) {
    const found = await lookUp();
    if (found !== undefined) return found;
    if (!hasCode(error, SUBJECTS_OVERLAP)) throw error;
    throw new XaigridError(
      'QUEUE_UNREACHABLE',
      'Another NATS stream has the subjects of the queue; choose another queue prefix.',
      {
        cause: error,
      },
    );
  }
}

/** @returns undefined if the stream or the consumer does not exist */
export async function unlessMissing<Value>(lookup: Promise<Value>): Promise<Value | undefined> {
  try {
    return await lookup;
  } catch (error) {
    if (hasCode(error, JetStreamApiCodes.StreamNotFound) || hasCode(error, JetStreamApiCodes.ConsumerNotFound)) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** Shares one run of `work` among all callers that ask while it runs. */
export function singleFlight(work: () => Promise<void>): () => Promise<void> {
  let flight: Promise<void> | undefined;
  return () => {
    flight ??= work().finally(() => {
      flight = undefined;
    });
    return flight;
  };
}
