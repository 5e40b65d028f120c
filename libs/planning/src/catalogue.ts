import type { MeasureDescription, MethodFamily, MetricCategory } from '@xaigrid/contracts';
import { datasetKinds } from '@xaigrid/datasets';
import { explainers } from '@xaigrid/explainers';
import { metrics } from '@xaigrid/metrics';
import { z } from 'zod';

/** The JSON Schema of an entry's own parameters, as a spec writes them. */
type Parameters = Readonly<Record<string, unknown>>;

interface Entry {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly source?: string;
  /** The section of the documentation: `docs/metrics.md#localisation`. */
  readonly documentation: string;
  readonly parameters: Parameters;
}

/** What a method needs besides outputs of the model. */
type MethodNeed = 'gradients' | 'layers' | 'background';

/** One explanation method in the catalogue. */
export interface MethodEntry extends Entry {
  readonly family: MethodFamily;
  readonly needs: readonly MethodNeed[];
}

/** One metric in the catalogue. */
export interface MetricEntry extends Entry {
  readonly category: MetricCategory;
  /** The measure that ranks methods. */
  readonly headline: string;
  readonly measures: readonly MeasureDescription[];
  /** The values of the parameter `definition`. Without that parameter, only the definition of its source. */
  readonly definitions: readonly string[];
  /** `regions` if data sets must have regions. */
  readonly needs: readonly 'regions'[];
}

/** The methods, metrics and kinds of data sets that a spec can name. */
export interface Catalogue {
  readonly methods: readonly MethodEntry[];
  readonly metrics: readonly MetricEntry[];
  readonly datasets: readonly Entry[];
}

/** Everything that a spec can name, with its description. */
export function catalogue(): Catalogue {
  return {
    methods: explainers.map(
      ({ method: name, title, summary, family, source, params, usesBackground, usesLayers, ...method }) => ({
        ...{ name, title, summary, family },
        needs: [
          ...('needs' in method ? (['gradients'] as const) : []),
          ...(usesLayers === true ? (['layers'] as const) : []),
          ...(usesBackground && method.needsBackground === undefined ? (['background'] as const) : []),
        ],
        source,
        documentation: `docs/methods.md#${family}`,
        parameters: parametersOf(params),
      }),
    ),
    metrics: metrics.map(({ metric: name, title, summary, category, source, params, headline, measures, needsRegions }) => ({
      ...{ name, title, summary, category, headline, measures, source },
      documentation: `docs/metrics.md#${category}`,
      definitions: definitionsOf(params),
      needs: needsRegions === true ? ['regions'] : [],
      parameters: parametersOf(params),
    })),
    datasets: datasetKinds.map(({ kind: name, title, summary, source, params }) => ({
      ...{ name, title, summary },
      ...(source === undefined ? {} : { source }),
      documentation: 'docs/datasets.md',
      parameters: parametersOf(params),
    })),
  };
}

function parametersOf(params: z.ZodType): Parameters {
  return z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' });
}

const choiceSchema = z.object({ enum: z.array(z.string()) });
/** One definition, or a list of several, as `settingRules` makes it. */
const definitionSchema = z.union([
  choiceSchema,
  z.object({ anyOf: z.tuple([choiceSchema], z.unknown()) }).transform(({ anyOf: [one] }) => one),
]);
const withDefinitions = z.object({ properties: z.object({ definition: definitionSchema }) });

function definitionsOf(params: z.ZodType): readonly string[] {
  const { data } = withDefinitions.safeParse(parametersOf(params));
  return data?.properties.definition.enum ?? ['paper'];
}
