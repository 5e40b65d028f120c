import { architectureTable } from './document.js';
import type { Family } from './families.js';
import { triedMethods } from './methods.js';
import type { ArchitectureResult, MethodResult } from './results.js';
import { short } from './sentences.js';

/** Architectures on which the methods of this version were tried, with their family. */
export interface TriedFamily {
  readonly family: Family;
  readonly results: ReadonlyMap<string, ArchitectureResult>;
}

interface Trial {
  readonly architecture: string;
  readonly outcome: MethodResult['outcome'];
  readonly said: string;
}

/** docs/zoo-methods.md: each method with the architectures on which it works, and why it does not on others. */
export function methodsDocument(found: readonly TriedFamily[]): string {
  const all = found.flatMap(({ results }) => [...results.values()]);
  const dates = all.map(({ date }) => date).toSorted();
  const names = found.flatMap(({ results }) => [...results.keys()]);
  const rows = triedMethods.map(({ method }) => ({ method, trials: trialsOf(method, found) }));
  return [
    '# Methods on models',
    '',
    `On which architectures each method works: tried on ${String(names.length)} of the architectures of [the zoo](zoo.md), whose weights are random, with small`,
    'settings and one sample, on the files that each family names below. A method works if it gives a map of finite numbers; whether the numbers are right is',
    'the business of other tests. What is refused is refused by name, before anything is computed, by `xaigrid validate` too.',
    `Measured between ${dates[0] ?? '–'} and ${dates.at(-1) ?? '–'}. \`npm run zoo -- --methods\` writes this page from what \`npm run zoo\` measured.`,
    '',
    '| method | works on | does not work on | why |',
    '| --- | --: | --- | --- |',
    ...rows.flatMap(({ method, trials }) => rowsOf(method, trials, names)),
    '',
    '## Architectures',
    '',
    ...found.filter(({ results }) => results.size > 0).flatMap(familyLines),
  ].join('\n');
}

/** The worst outcome on the files of each architecture. */
function trialsOf(method: string, found: readonly TriedFamily[]): Trial[] {
  const worst = (results: readonly MethodResult[]) =>
    results.find(({ outcome }) => outcome === 'failed') ?? results.find(({ outcome }) => outcome === 'refused') ?? results[0];
  return found.flatMap(({ results }) =>
    [...results].flatMap(([architecture, { exports }]) => {
      const own = exports.flatMap(({ methods = [] }) => methods.filter((result) => result.method === method));
      const result = worst(own);
      return result === undefined ? [] : [{ architecture, outcome: result.outcome, said: result.said ?? '' }];
    }),
  );
}

/** One line for each reason. */
function rowsOf(method: string, trials: readonly Trial[], names: readonly string[]): string[] {
  const works = `${String(trials.filter(({ outcome }) => outcome === 'works').length)} of ${String(trials.length)}`;
  const reasons = new Map<string, string[]>();
  for (const { architecture, outcome, said } of trials) {
    if (outcome === 'works') continue;
    const reason = (outcome === 'failed' ? '**fails**: ' : '') + short(said);
    reasons.set(reason, [...(reasons.get(reason) ?? []), architecture]);
  }
  if (reasons.size === 0) return [`| \`${method}\` | ${works} | | |`];
  return [...reasons].map(([reason, where], at) => {
    const [name, count] = at === 0 ? [`\`${method}\``, works] : ['', ''];
    return `| ${name} | ${count} | ${listed(where, names)} | ${reason} |`;
  });
}

/** Names, or all but the others where those are fewer. */
function listed(some: readonly string[], names: readonly string[]): string {
  const others = names.filter((name) => !some.includes(name));
  if (others.length === 0) return 'all';
  return others.length < some.length ? `all but ${others.join(', ')}` : some.join(', ');
}

function familyLines({ family, results }: TriedFamily): string[] {
  const versions = [...results.values()].at(-1)?.versions ?? {};
  const said = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `### ${family.title}`,
    '',
    `${said.join(', ')}. Methods are tried on ${family.explained}. The columns are those of [the zoo](zoo.md).`,
    '',
    ...architectureTable(results),
    '',
  ];
}
