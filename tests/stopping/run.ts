/**
 * Simulates how often the intervals of `run --until-decided` miss: `npm run coverage`. It takes some minutes, and writes the table of
 * docs/until-decided.md.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { shapes, simulate, type JudgeName, type ShapeName } from './simulate.js';

const page = fileURLToPath(new URL('../../docs/until-decided.md', import.meta.url));
const [START, END] = ['<!-- coverage: written by npm run coverage -->', '<!-- end of the coverage -->'];
/** Samples of the data set, and how many of them are simulated. */
const sizes = [
  [200, 4000],
  [1000, 2000],
  [5000, 1000],
] as const;
const judges: readonly (readonly [JudgeName, string])[] = [
  ['betting', 'betting'],
  ['asymptotic', 'asymptotic'],
  ['repeated', 'usual 95 % interval'],
];

function cell(judge: JudgeName, shape: ShapeName, [population, runs]: (typeof sizes)[number]): string {
  if (judge === 'betting' && !shapes[shape].isBounded) return '';
  const { missed } = simulate({ shape, judge, population, runs, seed: 1 });
  return [missed.population, missed.distribution].map((count) => `${((100 * count) / runs).toFixed(1)} %`).join(', ');
}

const lines = (Object.keys(shapes) as ShapeName[]).flatMap((shape) =>
  judges.map(([judge, title]) => {
    const cells = sizes.map((size) => cell(judge, shape, size));
    process.stdout.write(`${shape}, ${title}: ${cells.join('; ')}\n`);
    return `| ${[shape, title, ...cells].join(' | ')} |`;
  }),
);
const head = ['Differences', 'Sequence', ...sizes.map(([population]) => `${population} samples`)];
const table = [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...lines].join('\n');
const text = await readFile(page, 'utf8');
const [before = '', after = ''] = [text.split(START)[0], text.split(END)[1]];
await writeFile(page, `${before}${START}\n\n${table}\n\n${END}${after}`);
