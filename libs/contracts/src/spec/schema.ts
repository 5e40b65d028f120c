import { z } from 'zod';
import { classPolicySchema, engineBackendSchema, engineNameSchema, offeredDevices, prioritySchema } from '../plan.js';
import { modelOptionsSchema } from '../references.js';
import { choiceRules } from '../sample-choice.js';

const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._ -]{0,99}$/,
    'must be 1 to 100 letters, digits, ".", "_", "-" or spaces, starting with a letter or digit',
  );

const unknownRecord = z.record(z.string(), z.unknown());

/** One entry of a registry: its name if it sets nothing, or an object. */
function entrySchema(key: 'method' | 'metric') {
  return z.union([z.string(), unknownRecord]).transform((entry) => (typeof entry === 'string' ? { [key]: entry } : entry));
}

export const backgroundSchema = z
  .strictObject({
    dataset: z.string().meta({ description: 'Name of one of the data sets of this spec.' }),
    size: z.int().positive().optional().meta({ description: 'How many samples; default all of them.' }),
    selection: z.enum(['first', 'random']).default('random').meta({
      description: 'The first samples, or a random choice by the seed (in ascending order).',
    }),
  })
  .meta({ description: 'References for SHAP-like methods.' });

/** The keys that every entry of `explainers` may have besides its method's own parameters. */
export const commonExplainerSchema = z.strictObject({
  method: z.string(),
  name: nameSchema.optional().meta({ description: 'Shown in tables instead of the method and its grid point.' }),
  explainedClass: classPolicySchema.optional().meta({
    description: 'The class that a map is about: predicted, label, likeliest-label (for several labels), or an index.',
  }),
  background: backgroundSchema.optional(),
  grid: z
    .record(z.string(), z.array(z.unknown()).min(1))
    .optional()
    .meta({ description: 'Parameter → list of values: one evaluation for each combination.' }),
});

/** The keys that every entry of `metrics` may have besides its metric's own parameters. */
export const commonMetricSchema = z.strictObject({
  metric: z.string(),
  scoredClass: z
    .union([...classPolicySchema.options, z.literal('explained')])
    .default('predicted')
    .meta({ description: 'The class whose output the metric reads; explained: the class that the map is about.' }),
});

const limitSchema = z
  .union([
    z.int().positive(),
    z.strictObject({
      samples: z.int().positive().meta({ description: 'How many samples of each data set.' }),
      choose: z.enum(choiceRules).default('stratified').meta({
        description:
          'stratified: at random, with classes in proportion and no class left out while there is room. random: at random, whatever the classes. first: the first samples of the data set.',
      }),
      seed: z.int().optional().meta({ description: 'Seed of the random choice; default the seed of the spec.' }),
    }),
  ])
  .meta({
    description:
      'Takes only so many samples of each data set: a random choice that keeps classes in proportion, or {samples, choose, seed}. With the same seed, a smaller limit is a part of a larger one, so its maps are reused.',
  });

/** The probability that any verdict of a run is wrong, unless the spec says another. */
export const DEFAULT_ALPHA = 0.05;

const untilDecidedSpecSchema = z
  .union([
    z.boolean(),
    z.strictObject({
      metric: z.string().optional().meta({ description: 'The metric that decides; default the first of the evaluation.' }),
      measure: z.string().optional().meta({ description: 'The measure that decides; default the headline of the metric.' }),
      setting: unknownRecord.optional().meta({
        description: 'The settings that contain all of this, such as {keepFraction: 0.3}; default the first of the metric.',
      }),
      methods: z.array(z.string()).min(2).optional().meta({
        description: 'The methods to tell apart, by their names in tables; default all that are no controls.',
      }),
      against: z.string().optional().meta({ description: 'Only pairs with this method; default all pairs.' }),
      alpha: z.number().gt(0).lte(0.5).default(DEFAULT_ALPHA).meta({ description: 'The probability that any verdict is wrong.' }),
      within: z.number().positive().optional().meta({
        description: 'Two methods that differ by less than this count as the same, which decides them too.',
      }),
      most: z.int().positive().optional().meta({ description: 'The most samples of a data set; default all.' }),
      seed: z.int().optional().meta({ description: 'Seed of the random order; default the seed of the spec.' }),
    }),
  ])
  .meta({
    description:
      'Takes samples in random order until each pair of methods is decided: true, or {metric, measure, setting, methods, against, alpha, within, most, seed}.',
  });

export const modelSchema = z.strictObject({
  path: z.string().min(1).meta({ description: 'Keras .keras or .h5, TF.js model.json, or .onnx.' }),
  ...modelOptionsSchema.shape,
});

const controlsSchema = z.boolean().optional();

export const evaluationSchema = z.strictObject({
  dataset: z.string(),
  model: z.string(),
  explainers: z.array(entrySchema('method')).min(1),
  metrics: z.array(entrySchema('metric')).min(1),
  controls: controlsSchema.meta({ description: 'As at the top of the spec, for this evaluation alone.' }),
});

/** The outline of a spec. Data sets, explainers and metrics are checked by the schemas of their registries. */
export const outlineSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1).default(1),
  name: nameSchema.meta({ description: 'The name of the run in tables and lists.' }),
  seed: z.int().default(0).meta({ description: 'The only source of randomness.' }),
  engine: engineNameSchema.default('onnxruntime').meta({ description: 'What executes the models.' }),
  backend: engineBackendSchema.optional().meta({
    description:
      "Backend of the engine tensorflow: native (TensorFlow's own library), wasm or cpu; default the best one on the machine that plans the run. Maps of different backends are stored separately.",
  }),
  device: z.enum(offeredDevices).default('cpu').meta({ description: 'Where the engine computes.' }),
  shardSize: z.int().positive().max(100_000).optional().meta({ description: 'Samples per shard; results do not depend on it.' }),
  priority: prioritySchema.default(0).meta({
    description: 'The share of the workers if several runs are under way: each step doubles it.',
  }),
  limit: limitSchema.optional(),
  untilDecided: untilDecidedSpecSchema.optional(),
  controls: controlsSchema.meta({
    description:
      'true: adds the methods that know nothing of the model (random, constant and, but for tables, edges and centre) wherever they are not listed, as rows to compare the others with.',
  }),
  datasets: z.record(nameSchema, unknownRecord),
  models: z.record(nameSchema, modelSchema),
  evaluations: z.array(evaluationSchema).min(1).meta({
    description:
      'Methods and metrics for a data set and a model. Each method with one choice of its parameters is one evaluation in tables and for --evaluation.',
  }),
});
export type SpecOutline = z.output<typeof outlineSchema>;
