import { z } from 'zod';

/** The version of the messages below. A worker refuses any other. */
export const MESSAGE_VERSION = 1;

export const stages = ['explain', 'score'] as const;
export const stageSchema = z.enum(stages);
export type Stage = z.infer<typeof stageSchema>;

const idSchema = z.string().min(1).max(64);

/** A unit of work on the queue: a reference to a shard in the store, never tensors. */
export const taskSchema = z.strictObject({
  version: z.literal(MESSAGE_VERSION),
  stage: stageSchema,
  runId: idSchema,
  evaluationId: z.int().nonnegative(),
  shardId: z.int().nonnegative(),
});
export type Task = z.infer<typeof taskSchema>;

/** Said by workers after they committed, and by the orchestrator; best effort, never the truth. */
export const runEventSchema = z.strictObject({
  version: z.literal(MESSAGE_VERSION),
  runId: idSchema,
  kind: z.enum(['shard-explained', 'shard-scored', 'shard-failed', 'run-changed']),
  shardId: z.int().nonnegative().optional(),
});
export type RunEvent = z.infer<typeof runEventSchema>;
