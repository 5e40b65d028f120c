import { z } from 'zod';
import type { SpecRegistries } from './spec.js';
import { commonExplainerSchema, commonMetricSchema, outlineSchema } from './schema.js';

type JsonSchema = Record<string, unknown>;

/**
 * The JSON Schema of specs for editors (draft 2020-12). It is made from the zod schemas that check specs. A string with `${VAR}`
 * may also stand where a number is expected: editors underline it, but xaigrid fills in variables before it checks.
 */
export function specJsonSchema(registries: SpecRegistries): JsonSchema {
  const outline = jsonSchemaOf(outlineSchema);
  const evaluations = outline.properties?.evaluations;
  const evaluation = isSchema(evaluations) && isSchema(evaluations.items) ? evaluations.items : {};
  const explainers = registries.explainers.map(({ method, params, usesBackground }) => {
    const common = jsonSchemaOf(commonExplainerSchema);
    const { background, ...others } = common.properties ?? {};
    return merged(
      { ...common, properties: usesBackground ? { background, ...others } : others },
      jsonSchemaOf(params),
      'method',
      method,
    );
  });
  const metrics = registries.metrics.map(({ metric, params }) =>
    merged(jsonSchemaOf(commonMetricSchema), jsonSchemaOf(params), 'metric', metric),
  );
  const datasets = registries.datasets.map(({ kind, params }) => merged({ properties: {} }, jsonSchemaOf(params), 'kind', kind));
  return {
    ...outline,
    title: 'xaigrid run spec',
    properties: {
      ...outline.properties,
      datasets: { type: 'object', additionalProperties: { oneOf: datasets } },
      evaluations: {
        ...(isSchema(evaluations) ? evaluations : {}),
        items: {
          ...evaluation,
          properties: {
            ...(isSchema(evaluation.properties) ? evaluation.properties : {}),
            explainers: listOf(
              registries.explainers
                // A method that can do without a background does so by default.
                .filter((entry) => (!entry.usesBackground || entry.needsBackground !== undefined) && needsNothing(entry))
                .map(({ method }) => method),
              explainers,
            ),
            metrics: listOf(
              registries.metrics.filter(needsNothing).map(({ metric }) => metric),
              metrics,
            ),
          },
        },
      },
    },
  };
}

/** Items of a list: objects, or the names of entries without settings. */
function listOf(names: readonly string[], entries: readonly JsonSchema[]): JsonSchema {
  return { type: 'array', minItems: 1, items: { anyOf: [{ enum: names }, { oneOf: entries }] } };
}

function needsNothing({ params }: { readonly params: z.ZodType }): boolean {
  return params.safeParse({}).success;
}

interface ObjectSchema extends JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function jsonSchemaOf(schema: z.ZodType): ObjectSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}

function merged(common: ObjectSchema, own: ObjectSchema, key: string, name: string): JsonSchema {
  return {
    type: 'object',
    properties: { [key]: { const: name }, ...without(common.properties, key), ...own.properties },
    // A parameter of the grid need not be given beside the grid. So a method's required parameters are not required here.
    required: [key, ...(key === 'method' ? [] : (own.required ?? []))],
    additionalProperties: false,
  };
}

function without(properties: Readonly<Record<string, unknown>> | undefined, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties ?? {}).filter(([name]) => name !== key));
}
