import { z } from 'zod';
import { fileReferenceSchema, modelOptionsSchema } from './references.js';

/** A mistake in a spec, or why it cannot be planned. */
const problemSchema = z.object({
  code: z.string(),
  line: z.int().positive().exactOptional().meta({ description: 'Where it is, from 1.' }),
  message: z.string(),
});
export type SpecProblem = z.infer<typeof problemSchema>;

const evaluationSchema = z.object({
  ...{ dataset: z.string(), model: z.string(), label: z.string() },
  samples: z.int(),
  settings: z.int(),
  storedMaps: z.int().meta({ description: 'Maps that are stored already, of one for each sample.' }),
  storedScores: z.int().meta({ description: 'Scores that are stored already, of one for each sample and setting.' }),
  passes: z
    .object({ forward: z.number(), gradient: z.number(), atMost: z.literal(true).exactOptional() })
    .meta({ description: 'Passes of the model for each sample; with `atMost` it may turn out to be fewer.' }),
  flop: z.number().meta({ description: 'Floating-point operations of what is left to compute.' }),
  seconds: z.number().exactOptional().meta({ description: 'Of computing, where the server itself computes.' }),
  bytes: z.number().meta({ description: 'What will be stored, without what Postgres adds.' }),
});

export const planAnswerSchema = z.object({
  plan: z
    .object({
      name: z.string(),
      evaluations: z.array(evaluationSchema),
      notes: z.array(z.string()).meta({ description: 'What one should know before anything is computed, in sentences.' }),
    })
    .exactOptional()
    .meta({ description: 'Absent if there are problems, or if nothing but the text was to be checked.' }),
  problems: z.array(problemSchema),
});
export type PlanAnswer = z.infer<typeof planAnswerSchema>;

const storedModelSchema = z.object({
  name: z.string(),
  path: z.string().meta({ description: 'What a spec names it by: `stored/…`.' }),
  options: modelOptionsSchema.exactOptional(),
  files: z.array(fileReferenceSchema),
});

const storedDatasetSchema = z.object({
  name: z.string(),
  size: z.int(),
  entry: z.record(z.string(), z.json()).meta({ description: 'Its entry in a spec.' }),
  files: z.array(fileReferenceSchema),
});

/** Models and data sets of stored runs whose files are in the store: a new spec can name them without having the files. */
export const storedInputsSchema = z.object({ models: z.array(storedModelSchema), datasets: z.array(storedDatasetSchema) });
export type StoredInputs = z.infer<typeof storedInputsSchema>;

/** How paths of stored files begin in specs that a server plans. */
export const STORED_PATHS = 'stored/';
