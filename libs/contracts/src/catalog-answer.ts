import { z } from 'zod';
import { anyNumberSchema } from './any-number.js';
import { methodFamilies, metricCategories, mapProperties } from './descriptions.js';

const parametersSchema = z
  .record(z.string(), z.json())
  .meta({ description: 'The JSON Schema of its own parameters, as a spec writes them.' });

const entrySchema = z.object({
  name: z.string(),
  title: z.string(),
  summary: z.string(),
  source: z.string().exactOptional(),
  documentation: z.string().meta({ description: 'The section of the documentation: `docs/metrics.md#localisation`.' }),
  parameters: parametersSchema,
});

const measureSchema = z.object({
  name: z.string(),
  aggregate: z.enum(['mean', 'share', 'count', 'collapse']),
  title: z.string(),
  meaning: z.string(),
  direction: z.enum(['higher', 'lower']).exactOptional().meta({ description: 'Which values are better; absent: neither.' }),
  role: z.enum(['result', 'check', 'reference', 'detail']),
  range: z.object({ low: anyNumberSchema.exactOptional(), high: anyNumberSchema.exactOptional() }),
  scale: z.number().exactOptional(),
  dependsOn: z.array(z.enum(mapProperties)).readonly().exactOptional(),
  chance: z.union([z.number(), z.object({ measure: z.string() })]).exactOptional(),
  warning: z
    .object({
      from: z.number().exactOptional(),
      code: z.enum(['collapse', 'ties']).exactOptional(),
      text: z.string(),
    })
    .exactOptional(),
});

/** The methods, metrics and kinds of data sets that a spec can name, as `xaigrid catalog --json` prints them. */
export const catalogAnswerSchema = z.object({
  methods: z.array(
    entrySchema.extend({
      family: z.enum(methodFamilies),
      needs: z.array(z.enum(['gradients', 'layers', 'background'])).readonly(),
    }),
  ),
  metrics: z.array(
    entrySchema.extend({
      category: z.enum(metricCategories),
      headline: z.string().meta({ description: 'The measure that ranks methods.' }),
      measures: z.array(measureSchema).readonly(),
      definitions: z.array(z.string()).readonly(),
      needs: z.array(z.enum(['regions'])).readonly(),
    }),
  ),
  datasets: z.array(entrySchema),
});
export type CatalogAnswer = z.output<typeof catalogAnswerSchema>;
