import { errorCatalogue, isErrorCode, retryOf, specJsonSchema, type SpecRegistries } from '@xaigrid/contracts';
import type { Catalogue, MetricEntry } from '@xaigrid/planning';
import { variables } from '@xaigrid/service';
import type { Command } from 'commander';
import { z } from 'zod';
import { examplesOf } from './program/examples.js';

const property = z.looseObject({
  description: z.string().optional(),
  default: z.unknown().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
});
type Property = z.infer<typeof property>;

const objectSchema = z.looseObject({
  properties: z.record(z.string(), property).default({}),
  required: z.array(z.string()).default([]),
});
/** Names alone, or objects. */
const entryList = z.looseObject({
  items: z.looseObject({ anyOf: z.tuple([z.unknown(), z.looseObject({ oneOf: z.array(objectSchema) })]) }),
});
const specSchema = z.looseObject({
  properties: z.looseObject({
    datasets: z.looseObject({ additionalProperties: z.looseObject({ oneOf: z.array(objectSchema) }) }),
    models: z.looseObject({ additionalProperties: objectSchema }),
    evaluations: z.looseObject({
      items: z.looseObject({
        properties: z.looseObject({
          explainers: entryList,
          metrics: entryList,
        }),
      }),
    }),
  }),
});

export interface ReferenceOptions {
  readonly program: Command;
  readonly registries: SpecRegistries;
  readonly catalogue: Catalogue;
}

/** Makes docs/reference.md from the code: the spec, the commands, the environment and the errors. */
export function referencePage({ program, registries, catalogue }: ReferenceOptions): string {
  const schema = specJsonSchema(registries);
  const { properties } = specSchema.parse(schema);
  const evaluation = properties.evaluations.items.properties;
  return (
    [
      '# Reference',
      'Made by `npm run docs` from the schemas and definitions that the program itself uses. Editors get the same from `xaigrid schema`.',
      '## The spec',
      'YAML or JSON. `${VAR}` and `${VAR:-default}` are filled in from the environment (within { } and [ ] such a value needs quotes); paths are relative to the spec. Unknown keys are errors.',
      propertyTable(objectSchema.parse(schema), []),
      '### Data sets',
      ...entries(properties.datasets.additionalProperties.oneOf, 'kind', catalogue.datasets),
      '### Models',
      '[models](models.md) lists the formats, the names of layers, and what is supported.',
      propertyTable(properties.models.additionalProperties, []),
      '### Explainers',
      'Every explainer also takes `name`, `explainedClass` (`predicted`, `label`, `likeliest-label` or a class index) and `grid` (parameter → list of values; `explainedClass` too); methods with references also take `background` (`dataset`, `size`, `selection`: `random` or `first`). An entry without parameters may be just the name: `- sise`.',
      ...entries(evaluation.explainers.items.anyOf[1].oneOf, 'method', catalogue.methods),
      '### Metrics',
      'Every metric also takes `scoredClass` (`predicted`, `label`, `likeliest-label`, a class index, or `explained`: the class the map is about). An entry that sets nothing may be the name alone.',
      ...entries(evaluation.metrics.items.anyOf[1].oneOf, 'metric', catalogue.metrics),
      '## Commands',
      ...program.commands.flatMap((command) => commandSections(command, 'xaigrid')),
      '## Environment',
      table(
        ['variable', 'meaning'],
        Object.entries(variables).map(([name, { help }]) => [`\`${name}\``, help]),
      ),
      '## Errors',
      'Every error has a code, one sentence, and an exit status of the command or a status of the HTTP answer. An error does one of three things to a shard. The shard fails at once, if the same model, data and parameters would give the same error again. It is tried again. Or it waits: it goes back to the queue until the outage is over.',
      table(
        ['code', 'exit', 'HTTP', 'a shard', 'meaning'],
        errorCodes.map((code) => {
          const { exitStatus, httpStatus, summary } = errorCatalogue[code];
          return [`\`${code}\``, String(exitStatus), String(httpStatus), retryWords[retryOf(code)], summary];
        }),
      ),
    ].join('\n\n') + '\n'
  );
}

const errorCodes = Object.keys(errorCatalogue).filter(isErrorCode);

const retryWords = { never: 'fails', attempts: 'is tried again', outage: 'waits' } as const;

const common = ['name', 'explainedClass', 'grid', 'background', 'scoredClass'];

function entries(schemas: readonly z.infer<typeof objectSchema>[], key: string, described: Catalogue[keyof Catalogue]): string[] {
  return schemas.flatMap((schema) => {
    const name = String(schema.properties[key]?.const);
    const facts = described.find((entry) => entry.name === name);
    return [`#### \`${name}\``, ...(facts === undefined ? [] : factsText(facts)), propertyTable(schema, [key, ...common])];
  });
}

/** Facts about an entry and its source; for a metric, also the meaning of its measures. */
function factsText(entry: Catalogue[keyof Catalogue][number]): string[] {
  const kind = 'family' in entry ? [`Family: ${entry.family}.`] : 'category' in entry ? [`Category: ${entry.category}.`] : [];
  const needs = 'needs' in entry && entry.needs.length > 0 ? [`Needs: ${entry.needs.join(', ')}.`] : [];
  const source = entry.source === undefined ? [] : [`Source: ${entry.source}`];
  return [
    `${entry.title}. ${entry.summary}`,
    ...(kind.length === 0 && source.length === 0 ? [] : [[...kind, ...needs, ...source].join(' ')]),
    ...('measures' in entry ? [measureTable(entry)] : []),
  ];
}

function measureTable({ measures, headline }: MetricEntry): string {
  return table(
    ['measure', 'better', 'meaning'],
    measures.map(({ name, direction = '', meaning }) => [
      `\`${name}\``,
      direction,
      `${meaning}${name === headline ? ' Methods are ranked by it.' : ''}`,
    ]),
  );
}

function propertyTable(schema: z.infer<typeof objectSchema>, hidden: readonly string[]): string {
  const rows = Object.entries(schema.properties)
    .filter(([name]) => !hidden.includes(name) && !name.startsWith('$'))
    .map(([name, value]) => [
      `\`${name}\``,
      valueText(value),
      defaultText(value, schema.required.includes(name)),
      value.description ?? '',
    ]);
  return rows.length === 0 ? 'No parameters.' : table(['key', 'value', 'default', 'meaning'], rows);
}

function valueText(value: Property): string {
  if (value.const !== undefined) return `\`${JSON.stringify(value.const)}\``;
  if (value.enum !== undefined) return value.enum.map((choice) => `\`${String(choice)}\``).join(', ');
  if (value.anyOf !== undefined) return value.anyOf.map((choice) => valueText(property.parse(choice))).join(' or ');
  if (value.type === 'array')
    return `list of ${typeof value.items === 'object' ? valueText(property.parse(value.items)) : 'values'}`;
  const type = [value.type ?? 'value'].flat().join(' or ');
  const low = value.minimum ?? -Infinity;
  const high = value.maximum ?? Infinity;
  const bounds = [low > Number.MIN_SAFE_INTEGER ? `≥ ${low}` : '', high < Number.MAX_SAFE_INTEGER ? `≤ ${high}` : ''].filter(
    (text) => text !== '',
  );
  return [type, ...bounds].join(' ');
}

function defaultText(value: Property, required: boolean): string {
  if (value.default !== undefined) return `\`${JSON.stringify(value.default)}\``;
  return required ? 'required' : '';
}

/** The sections of a command and those below it. A command that only groups others has no section of its own. */
function commandSections(command: Command, parent: string): string[] {
  const doesSomething = command.commands.length === 0 || examplesOf(command).length > 0;
  return [
    ...(doesSomething ? [commandSection(command, parent)] : []),
    ...command.commands.flatMap((below) => commandSections(below, `${parent} ${command.name()}`)),
  ];
}

function commandSection(command: Command, parent: string): string {
  const takes = command.registeredArguments.map(
    (argument) =>
      `${argument.required ? '<' : '['}${argument.name()}${argument.variadic ? '…' : ''}${argument.required ? '>' : ']'}`,
  );
  const examples = examplesOf(command);
  const options = command.options.filter(({ hidden }) => !hidden).map(({ flags, description }) => [`\`${flags}\``, description]);
  return [
    `### \`${[parent, command.name(), ...takes].join(' ')}\``,
    command.description(),
    ...(options.length === 0 ? [] : [table(['option', 'meaning'], options)]),
    ...(examples.length === 0 ? [] : [`\`\`\`sh\n${examples.join('\n')}\n\`\`\``]),
  ].join('\n\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
