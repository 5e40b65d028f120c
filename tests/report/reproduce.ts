// `REPORT_INPUTS=… npm run reproduce -- [--store FOLDER]`: computes examples/report-table2.yaml with the command line, and holds every row
// that the report has, and the accuracy of both models, against expected.json. Exit status 1 when a row is off. What is stored already
// is not computed again.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { repository, start, type Finished } from '../support/processes.js';
import { expectedResults, type ExpectedRates } from './report-inputs.js';

const { values } = parseArgs({ options: { store: { type: 'string', default: '.xaigrid' } } });
const expected = await expectedResults();

const measure = z.object({ value: z.number() });
const rowSchema = z.object({
  ...{
    runId: z.string(),
    dataset: z.string(),
    label: z.string(),
    samples: z.number(),
    setting: z.record(z.string(), z.unknown()),
  },
  divisor: z.number().optional(),
  measures: z.object({ drop: measure, increase: measure, maskedClass: measure }),
});
const answerSchema = z.object({ table: z.array(rowSchema) });
const scoreSchema = z.object({ dataset: z.string(), sampleIndex: z.int(), trueClass: z.int(), predictedClass: z.int() });

/** Runs `xaigrid` on the store, its progress shown. */
async function xaigrid(...args: readonly string[]): Promise<Finished> {
  const running = start('xaigrid', [...args, '--store', values.store], { folder: process.cwd() });
  running.child.stderr?.pipe(process.stderr);
  const finished = await running.finished;
  if (finished.status !== 0) throw new Error(`xaigrid ${args.join(' ')} ended with status ${String(finished.status)}.`);
  return finished;
}

let off = 0;
function check(what: string, found: number, wanted: number, tolerance: number): void {
  // A rate is a whole number of samples: float64 division must not turn an exact match into a miss.
  const near = Math.abs(found - wanted) <= tolerance + 1e-12;
  if (!near) off += 1;
  const texts = [found.toFixed(6), `expected ${String(wanted)} ± ${tolerance.toPrecision(2)}`];
  process.stdout.write(`${what.padEnd(52)} ${texts.join('  ')}  ${near ? 'reproduced' : 'OFF'}\n`);
}

const run = await xaigrid('run', `${repository}examples/report-table2.yaml`, '--json');
const { table } = answerSchema.parse(JSON.parse(run.stdout));

/** One row of the table, as the report has it (`divisor`) or over the samples that there are. */
function checkRow(
  dataset: string,
  label: string,
  wanted: ExpectedRates,
  choice: { fractionOf?: string; divisor?: number } = {},
): void {
  const { fractionOf, divisor } = choice;
  const row = table.find(
    (candidate) =>
      candidate.dataset === dataset &&
      candidate.label === label &&
      candidate.setting.keepFraction === wanted.keepFraction &&
      candidate.setting.fractionOf === fractionOf &&
      candidate.divisor === divisor,
  );
  if (row === undefined) throw new Error(`The table has no row of ${label} on ${dataset} at ${String(wanted.keepFraction)}.`);
  const scale = divisor === undefined ? 1 : row.samples / divisor;
  const name = `${dataset} ${label}${divisor === undefined ? '' : `, divided by ${String(divisor)}`}`;
  for (const rate of ['drop', 'increase'] as const)
    check(`${name}: ${rate} rate`, row.measures[rate].value, wanted[rate], scale * wanted.tolerance[rate]);
}

const { mnist1d, hmt } = expected;
checkRow('mnist1d', 'SISE', mnist1d.sise);
checkRow('mnist1d', 'SHAP as reported', mnist1d.shapDeep);
for (const [label, rates, choice] of [
  ['SISE', hmt.sise, {}],
  ['SHAP as reported', hmt.shapGradient, { fractionOf: 'positions' }],
] as const) {
  const { divisor, ...divided } = rates.reportRow;
  checkRow('hmt', label, rates, choice);
  checkRow('hmt', label, { ...rates, ...divided }, { ...choice, divisor });
}

for (const [dataset, { samples, accuracy }] of Object.entries({ mnist1d, hmt })) {
  const { stdout } = await xaigrid(
    'scores',
    table[0]?.runId ?? 'latest',
    '--method',
    'sise',
    '--limit',
    '10000',
    '--format',
    'json',
  );
  const scores = z.array(scoreSchema).parse(JSON.parse(stdout));
  const classes = new Map(scores.filter((score) => score.dataset === dataset).map((score) => [score.sampleIndex, score]));
  const right = [...classes.values()].filter(({ trueClass, predictedClass }) => trueClass === predictedClass).length;
  check(`${dataset}: accuracy over ${String(classes.size)} samples`, right / samples, accuracy, 5e-7);
}
process.exitCode = off === 0 ? 0 : 1;
