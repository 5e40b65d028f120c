import { z } from 'zod';
import { failureSchema, runProgressSchema } from './api.js';
import { stages } from './messages.js';

const shardAtWorkSchema = z.object({
  worker: z.string().meta({ description: 'Host and process.' }),
  stage: z.enum(stages),
  ...{ runId: z.string(), evaluation: z.int(), label: z.string() },
  samples: z.int(),
  attempt: z.int(),
});
export type ShardAtWork = z.infer<typeof shardAtWorkSchema>;

const stageActivitySchema = z.object({
  stage: z.enum(stages),
  waiting: z.int().meta({ description: 'Tasks on the queue.' }),
  inProgress: z.int().meta({ description: 'Tasks with a worker.' }),
  asking: z.int().meta({ description: 'Requests of idle workers for a task.' }),
});

/** What is being computed, and by whom. */
export const activitySchema = z.object({
  isCluster: z.boolean().meta({ description: 'False where one process drives and computes everything.' }),
  stages: z.array(stageActivitySchema),
  deadLetters: z.int().meta({ description: 'Tasks that were given up, of two weeks.' }),
  atWork: z.array(shardAtWorkSchema).meta({ description: 'The shards that a worker has now, at most 500.' }),
  running: z.array(z.object({ id: z.string(), name: z.string(), progress: runProgressSchema })),
  failed: z
    .array(z.object({ id: z.string(), name: z.string(), failures: z.array(failureSchema) }))
    .meta({ description: 'The latest runs with failed samples, with at most 20 failures each.' }),
});
export type Activity = z.infer<typeof activitySchema>;

export const activityAnswerSchema = activitySchema.extend({
  grafana: z.string().exactOptional().meta({ description: 'Where Grafana shows this cluster, if it is configured.' }),
});
