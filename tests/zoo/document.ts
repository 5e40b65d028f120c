import { libraryVersions } from '@xaigrid/engine';
import type { Family } from './families.js';
import { triedMethods } from './methods.js';
import type { ArchitectureResult, ExportResult } from './results.js';
import { short } from './sentences.js';

export interface FamilyResults {
  readonly family: Family;
  readonly versions: Readonly<Record<string, string>>;
  readonly results: ReadonlyMap<string, ArchitectureResult>;
  /** Architectures that were never measured. */
  readonly missing: readonly string[];
}

/** Float32's rounding in the library's own kernels, and in others, is of one size: an error of more than so many times its own is wrong. */
const TIMES_OWN = 10;
/** Below these an error is rounding in any case. */
const ROUNDING = { prediction: 1e-5, gradient: 1e-4 };

/** docs/zoo.md */
export function zooDocument(found: readonly FamilyResults[]): string {
  const all = found.flatMap(({ results }) => [...results.values()]);
  const dates = all.map(({ date }) => date).sort();
  return [
    '# Zoo: models as their libraries export them',
    '',
    `\`npm run zoo\` builds each architecture with seeded random weights, exports it in each way that its library has, and compares what xaigrid`,
    `computes from the files with what the library computes. Measured ${between(dates)} with ${libraryVersions().slice(0, 1).join(', ')}; on CPUs.`,
    '',
    ...summary(all),
    '',
    ...howItIsRead(),
    ...found.flatMap(familySection),
    '',
  ].join('\n');
}

function between(dates: readonly string[]): string {
  const [first = '', last = first] = [dates[0], dates.at(-1)];
  return first === last ? `on ${first}` : `from ${first} to ${last}`;
}

function summary(all: readonly ArchitectureResult[]): string[] {
  const files = all.flatMap((result) => result.exports.map((file) => ({ result, file })));
  const written = files.filter(({ file }) => file.outcome !== 'unwritten');
  const of = (outcome: ExportResult['outcome']) => written.filter(({ file }) => file.outcome === outcome).length;
  const wrong = written.filter(({ result, file }) => isWrong(result, file)).length;
  const methods = written.flatMap(({ file }) => file.methods ?? []);
  const tried = (outcome: string) => methods.filter((method) => method.outcome === outcome).length;
  const rows = [
    ['architectures', all.length],
    ['files that the libraries wrote', written.length],
    ['load', of('loads')],
    ['refused by name', of('refused')],
    ['refused by the check against the file itself', of('misread')],
    ['fail', of('failed')],
    ['wrong', wrong],
    ['methods tried on a file', methods.length],
    ['work', tried('works')],
    ['refused by name, before anything is computed', tried('refused')],
    ['fail', tried('failed')],
  ] as const;
  return ['| | |', '| --- | --: |', ...rows.map(([what, count]) => `| ${what} | ${String(count)} |`)];
}

function howItIsRead(): string[] {
  const methods = triedMethods.map(({ method }) => method);
  return [
    '**Numbers.** Four samples, of twelve those whose gradients depend least on rounding: at others a ReLU or a max-pooling is so close to its kink that no float32',
    'has the gradient. Δp: the largest difference of a probability to that of the library in float64, in the worst file that loads. Δ∂p: the same of the gradient',
    "of the likeliest class's probability at the input, as a share of its largest value. In brackets the library's own error in float32; of the gradient also what a",
    'change of all weights by 10⁻⁶ does to it in float64, where that is more.',
    'scikit-learn has no gradients: its own are differences of its probabilities in float64, in brackets by how much others of half the step differ.',
    `_Wrong_ is more than ${String(TIMES_OWN)} times that, and more than ${power(ROUNDING.prediction)} (Δ∂p: ${power(ROUNDING.gradient)}).`,
    '',
    `**Methods**: ${methods.map((method) => `\`${method}\``).join(', ')}, each on one sample with small settings, on the files that`,
    'each family names. Deep SHAP: how far a map is from adding up, at most.',
    '',
    '**One at a time**: files of which xaigrid says that they take one sample at a time, mostly since the batch is written into them.',
    '',
  ];
}

const power = (value: number): string =>
  `10${
    value
      .toExponential()
      .split('e')[1]
      ?.replace(/./g, (sign) => superscripts[sign] ?? '') ?? ''
  }`;
const superscripts: Readonly<Record<string, string>> = { '-': '⁻', '4': '⁴', '5': '⁵' };

function familySection({ family, versions, results, missing }: FamilyResults): string[] {
  const said = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const notes = notesOf(results);
  return [
    `## ${family.title}`,
    '',
    `${said.join(', ')}. Methods are tried on ${family.explained}.`,
    '',
    ...architectureTable(results),
    '',
    ...(notes.length === 0 ? [] : ['What does not load or work, and why:', '', ...notes, '']),
    ...(missing.length === 0 ? [] : [`Not measured yet: ${missing.join(', ')}.`, '']),
  ];
}

/** A line for each architecture. */
export function architectureTable(results: FamilyResults['results']): string[] {
  return [
    '| architecture | input | weights | files that load | one at a time | Δp | Δ∂p | methods that work | Deep SHAP off by |',
    '| --- | --- | --: | --: | --: | --- | --- | --: | --: |',
    ...[...results].map(([name, result]) => row(name, result)),
  ];
}

function row(name: string, result: ArchitectureResult): string {
  const written = result.exports.filter(({ outcome }) => outcome !== 'unwritten');
  const loaded = written.filter(({ outcome }) => outcome === 'loads');
  const worst = (what: 'predictionError' | 'gradientError') => {
    const errors = loaded.flatMap((file) => file[what] ?? []);
    return errors.length === 0 ? '–' : `${digits(Math.max(...errors))} (${digits(result.own[what])})`;
  };
  const methods = loaded.flatMap((file) => file.methods ?? []);
  const misses = methods.flatMap(({ additivityError }) => additivityError ?? []);
  const cells = [
    loaded.some((file) => isWrong(result, file)) ? `${name}, **wrong**` : name,
    result.inputShape.join('×'),
    scaled(result.parameters),
    `${String(loaded.length)} of ${String(written.length)}`,
    String(loaded.filter(({ alone }) => alone !== undefined).length),
    worst('predictionError'),
    worst('gradientError'),
    `${String(methods.filter(({ outcome }) => outcome === 'works').length)} of ${String(methods.length)}`,
    misses.length === 0 ? '–' : digits(Math.max(...misses)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function isWrong({ own }: ArchitectureResult, { predictionError = 0, gradientError = 0 }: ExportResult): boolean {
  return (
    predictionError > Math.max(ROUNDING.prediction, TIMES_OWN * own.predictionError) ||
    gradientError > Math.max(ROUNDING.gradient, TIMES_OWN * own.gradientError)
  );
}

/** A line for each reason, with the files or methods and the architectures that it is about. */
function notesOf(results: FamilyResults['results']): string[] {
  const groups = new Map<string, { readonly what: Set<string>; readonly architectures: Set<string> }>();
  for (const [architecture, result] of results) {
    for (const { reason, what } of reasonsOf(result)) {
      const group = groups.get(reason) ?? { what: new Set(), architectures: new Set() };
      groups.set(reason, group);
      group.what.add(what);
      group.architectures.add(architecture);
    }
  }
  return [...groups].map(
    ([reason, { what, architectures }]) => `- ${[...what].join(', ')} of ${[...architectures].join(', ')}: ${reason}`,
  );
}

interface Reason {
  readonly reason: string;
  /** A file or a method. */
  readonly what: string;
}

function reasonsOf({ exports, precision }: ArchitectureResult): Reason[] {
  const ofFiles = exports.flatMap(({ name, outcome, said = '', gradientRefused, methods = [] }): Reason[] => {
    const file = `\`${name}\``;
    const load = {
      unwritten: 'the library does not write it: ',
      loads: '',
      refused: '',
      misread: 'misread: ',
      failed: '**fails**: ',
    };
    return [
      ...(said === '' ? [] : [{ what: file, reason: load[outcome] + short(said) }]),
      ...(gradientRefused === undefined ? [] : [{ what: file, reason: `no gradient: ${short(gradientRefused)}` }]),
      ...methods.flatMap(({ method, outcome: how, said: why = '', constantMaps = 0 }): Reason[] => [
        ...(how === 'works' ? [] : [{ what: method, reason: (how === 'failed' ? '**fails**: ' : '') + short(why) }]),
        ...(constantMaps === 0 ? [] : [{ what: method, reason: 'a map that is the same everywhere: nothing is above 0' }]),
      ]),
    ];
  });
  return precision === 'float64'
    ? ofFiles
    : [{ what: 'errors', reason: 'against float32: the library has no float64 of it' }, ...ofFiles];
}

function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value === 0 ? '0' : value.toExponential(0).replace('e-', 'e−');
}

const scaled = (count: number): string => (count >= 1e6 ? `${(count / 1e6).toFixed(1)} M` : `${(count / 1e3).toFixed(0)} k`);
