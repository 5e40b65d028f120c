import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Estimate, Estimates } from '@xaigrid/planning';
import { tableLayouts } from '@xaigrid/report';
import { counted } from '../counted.js';
import { fitLines } from '../fit-lines.js';
import { durationText, scaled } from '../quantities.js';
import type { Terminal } from '../terminal.js';

type Named = Pick<PlannedEvaluation, 'label'> & {
  readonly dataset: { readonly name: string };
  readonly model: { readonly name: string };
};

/** Prints what each evaluation takes, the sum, and what the figures mean. */
export function printEstimates(terminal: Terminal, plans: readonly Named[], estimates: Estimates): void {
  const { evaluations, threads, untimed } = estimates;
  const rows = evaluations.map((estimate, at) => ({ plan: plans[at], estimate }));
  const column = (title: string, of: (row: (typeof rows)[number]) => string, optional?: number) => ({
    ...{ title, of, align: 'right' as const },
    ...(optional === undefined ? {} : { optional }),
  });
  const name = (title: string, of: (plan: Named) => string, optional?: number) => ({
    ...column(title, ({ plan }) => (plan === undefined ? '' : of(plan)), optional),
    align: 'left' as const,
  });
  const columns = [
    name('Data set', ({ dataset }) => dataset.name, 2),
    name('Model', ({ model }) => model.name, 1),
    name('Explainer', ({ label }) => label),
    column('Forward', ({ estimate: { passes } }) => passesText(passes.forward, passes.atMost)),
    column('Gradient', ({ estimate: { passes } }) => passesText(passes.gradient)),
    column('FLOP', ({ estimate: { flop } }) => (flop === 0 ? '0' : scaled(flop, ''))),
    column('Time', ({ estimate: { seconds } }) => (seconds === undefined ? '?' : durationText(seconds))),
    column('Stored', ({ estimate }) => scaled(bytesOf(estimate), 'B')),
  ];
  const table = { columns, rows: rows.map((row) => columns.map(({ of }) => of(row))), block: 2 };
  terminal.data(`\n${tableLayouts.table(table, { ...terminal.tables, elsewhere: '--json' })}${totalText(evaluations)}\n`);
  for (const reason of untimed) terminal.note(reason);
  for (const note of explanations(evaluations, threads)) terminal.note(fitLines(note, terminal.tables.width));
}

function passesText(count: number, atMost?: true): string {
  return atMost === true ? `≤ ${count}` : `${count}`;
}

function bytesOf({ bytes }: Estimate): number {
  return bytes.maps + bytes.predictions + bytes.scores;
}

function totalText(estimates: readonly Estimate[]): string {
  const sum = (of: (estimate: Estimate) => number): number => estimates.reduce((total, one) => total + of(one), 0);
  const atMost = estimates.some(({ passes }) => passes.atMost) ? 'at most ' : '';
  const seconds = sum((one) => one.seconds ?? NaN);
  const duration = durationText(seconds);
  const time = Number.isNaN(seconds) ? '' : `${duration.startsWith('<') ? '' : 'about '}${duration} on this machine, `;
  return `In all: ${atMost}${scaled(
    sum(({ flop }) => flop),
    'FLOP',
  )}, ${time}${scaled(sum(bytesOf), 'B')} to store.`;
}

function explanations(estimates: readonly Estimate[], threads: number): string[] {
  return [
    'Forward and Gradient: passes of the model per sample, forward only, and forward and backward. FLOP, time and bytes are for all samples.',
    ...(estimates.some(({ passes }) => passes.atMost)
      ? [
          '≤: at most. The number of feature maps that a method keeps depends on the samples, and metrics share what several of them compute.',
        ]
      : []),
    ...(estimates.some(({ seconds = 0 }) => seconds > 0)
      ? [
          `Time: passes measured just now on this machine, with ${counted(threads, 'engine')} of one thread each. The start of engines, reading samples and the store come on top.`,
        ]
      : []),
    'Stored: maps, predictions and scores. In Postgres they take more: about 500 bytes per score (docs/performance.md).',
  ];
}
