import { chooseOne, SUM_MISSED, type RunDetails, type RunEvaluation, type Selection } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/orchestrator';
import { formatShare, mapPicture } from '@xaigrid/report';
import { writeNpy } from '@xaigrid/tensor';
import { withControl, type ControlOptions } from '../open-control.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';

export interface MapOptions extends ControlOptions, SelectionOptions {
  readonly sample: number;
  readonly npy?: string;
}

/** `xaigrid map RUN`: one sample and its map as a small picture, or the map as a file. */
export async function map(terminal: Terminal, reference: string, options: MapOptions): Promise<void> {
  await withControl(options, async (control) => {
    const details = await control.show(reference);
    const evaluation = await evaluationMeant(control, details, selectionFrom(options));
    const { input, label, labels } = await control.sample(details.id, evaluation.ordinal, options.sample);
    const { maps, degenerate } = await control.maps(details.id, evaluation.ordinal, options.sample, options.sample + 1);
    const one = { shape: maps.shape.slice(1), data: maps.data };
    if (options.npy !== undefined) {
      await writeNpy(options.npy, one);
      terminal.note(`${options.npy}: float32 ${one.shape.join('×')}`);
      return;
    }
    terminal.data(
      `${evaluation.label}, sample ${options.sample}, ${labelText(label, labels)}${degenerate[0] === true ? ', degenerate map' : ''}\n\n`,
    );
    const { featureNames } = await control.evaluation(details.id, evaluation.ordinal);
    terminal.data(mapPicture(input, one, { width: terminal.width, featureNames }));
    const [record] = await control.mapRecords(details.id, evaluation.ordinal, options.sample, options.sample + 1);
    const diagnostics = Object.entries(record?.diagnostics ?? {});
    const missed = record?.diagnostics.additivityMiss ?? 0;
    if (missed > SUM_MISSED)
      terminal.data(
        `\nThe map misses the change of the output that it explains by ${formatShare(missed)} of it: part is lost (docs/methods.md).\n`,
      );
    if (diagnostics.length > 0) terminal.data(`\n${diagnostics.map(([name, value]) => `${name} ${value}\n`).join('')}`);
  });
}

function labelText(label: number, labels: readonly number[] | undefined): string {
  if (labels === undefined) return `label ${label}`;
  return labels.length === 0 ? 'no label' : `labels ${labels.join(', ')}`;
}

/** @throws USAGE for a name that the run does not have, and where several evaluations fit */
async function evaluationMeant(control: RunControl, run: RunDetails, selection: Selection): Promise<RunEvaluation> {
  const fitting = new Set((await control.evaluations(run.id, selection)).map(({ ordinal }) => ordinal));
  const all = run.evaluations.map((details) => ({ ...details, evaluation: details.ordinal }));
  return chooseOne(all, ({ evaluation }) => fitting.has(evaluation), `run ${run.id}`);
}
