import { didYouMean, XaigridError } from '@xaigrid/contracts';
import { catalogue, type Catalogue, type MethodEntry, type MetricEntry } from '@xaigrid/planning';
import { fitLines } from '../fit-lines.js';
import { parameterLines } from '../parameter-lines.js';
import type { Terminal } from '../terminal.js';

export interface CatalogOptions {
  readonly json?: boolean;
  readonly pager: boolean;
}

type Part = keyof Catalogue;
type Entry = Catalogue[Part][number];

const titles: Readonly<Record<Part, string>> = { methods: 'methods', metrics: 'metrics', datasets: 'kinds of data sets' };
const parts = ['methods', 'metrics', 'datasets'] as const;

/** `xaigrid catalog`: everything a spec can name, a part of it, or one entry with its parameters. */
export async function catalog(terminal: Terminal, what: string | undefined, options: CatalogOptions): Promise<void> {
  const all = catalogue();
  const part = parts.find((name) => name === what);
  const found = what === undefined ? all : part === undefined ? entryOf(all, what) : all[part];
  if (options.json === true) {
    terminal.data(`${JSON.stringify(found, undefined, 2)}\n`);
    return;
  }
  const lines = 'name' in found ? entryLines(found) : listLines(all, part === undefined ? parts : [part]);
  await terminal.page(fitLines(`${lines.join('\n')}\n`, terminal.tables.width), options);
  if (!('name' in found)) terminal.note('\nFor one of them with its parameters: xaigrid catalog NAME');
}

function entryOf(all: Catalogue, name: string): Entry {
  const entries = parts.flatMap((part): readonly Entry[] => all[part]);
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const names = [...parts, ...entries.map((entry) => entry.name)];
  const alike = entries.filter((entry) => isPartOf(name, entry)).map((entry) => entry.name);
  const suggestion = alike.length > 0 ? ` Did you mean ${alike.join(' or ')}?` : didYouMean(name, names);
  throw new XaigridError('USAGE', `The catalog has no "${name}".${suggestion} xaigrid catalog lists everything.`);
}

/** Whether what was asked for is in an entry's name or title. */
function isPartOf(asked: string, { name, title }: Entry): boolean {
  const part = asked.trim().toLowerCase();
  return part !== '' && [name, title.toLowerCase()].some((text) => text.includes(part));
}

function listLines(all: Catalogue, shown: readonly Part[]): string[] {
  return shown.flatMap((part, index) => {
    const entries: readonly Entry[] = all[part];
    const width = Math.max(...entries.map(({ name }) => name.length));
    const heading = index === 0 ? [titles[part]] : ['', titles[part]];
    return [...heading, ...entries.map((entry) => `  ${entry.name.padEnd(width)}  ${brief(entry)}`)];
  });
}

/** `Gradient SHAP (shapley; needs gradients, background): what it is.` */
function brief(entry: Entry): string {
  const kind = 'family' in entry ? [entry.family] : 'category' in entry ? [entry.category] : [];
  const needs = 'needs' in entry && entry.needs.length > 0 ? [`needs ${entry.needs.join(', ')}`] : [];
  const facts = [...kind, ...needs].join('; ');
  return `${entry.title}${facts === '' ? '' : ` (${facts})`}: ${entry.summary}`;
}

function entryLines(entry: Entry): string[] {
  const facts = [
    ...('family' in entry ? methodFacts(entry) : 'category' in entry ? metricFacts(entry) : []),
    ...(entry.source === undefined ? [] : [`source    ${entry.source}`]),
    `more      ${entry.documentation}`,
  ];
  const own = parameterLines(entry.parameters);
  return [
    `${entry.title}: ${entry.summary}`,
    '',
    ...facts,
    '',
    'parameters',
    ...(own.length === 0 ? ['  none of its own'] : own),
    ...alsoTaken(entry),
  ];
}

/** The parameters that every entry of its kind may have besides its own. */
function alsoTaken(entry: Entry): string[] {
  if ('family' in entry) {
    const background = entry.needs.includes('background') ? ['background: { dataset: NAME }'] : [];
    return ['', `also      ${[...background, 'name', 'explainedClass', 'grid'].join(', ')} (docs/reference.md)`];
  }
  return 'category' in entry ? ['', 'also      scoredClass (docs/reference.md)'] : [];
}

/** Families whose maps are not made with a model. */
const ofNoModel: readonly string[] = ['control', 'stored'];

function methodFacts({ family, needs }: MethodEntry): string[] {
  return [
    `family    ${family}`,
    `needs     ${needs.length > 0 ? needs.join(', ') : ofNoModel.includes(family) ? 'nothing of the model' : 'outputs of the model only'}`,
  ];
}

function metricFacts({ category, needs, headline, measures, definitions }: MetricEntry): string[] {
  const width = Math.max(...measures.map(({ name }) => name.length));
  return [
    `category  ${category}`,
    ...(needs.length === 0 ? [] : [`needs     data sets with ${needs.join(', ')}`]),
    ...(definitions.length === 1 ? [] : [`by        ${definitions.join(', ')}`]),
    'measures',
    ...measures.map(({ name, meaning, direction }) => {
      const better = direction === undefined ? '' : ` ${direction === 'higher' ? 'Higher' : 'Lower'} is better.`;
      return `  ${name.padEnd(width)}  ${meaning}${better}${name === headline ? ' Methods are ranked by it.' : ''}`;
    }),
  ];
}
