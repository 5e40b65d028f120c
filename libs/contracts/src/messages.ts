import { z } from 'zod';

/** The version of the messages below. A worker refuses every other version. */
export const MESSAGE_VERSION = 1;

/** The two stages of work: making maps, and scoring them. */
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

/**
 * An event that workers send after they committed, and that the orchestrator sends. Events may get lost; the store holds the
 * truth.
 */
export const runEventSchema = z.strictObject({
  version: z.literal(MESSAGE_VERSION),
  runId: idSchema,
  kind: z.enum(['shard-explained', 'shard-scored', 'shard-failed', 'run-changed']),
  shardId: z.int().nonnegative().optional(),
});
export type RunEvent = z.infer<typeof runEventSchema>;
