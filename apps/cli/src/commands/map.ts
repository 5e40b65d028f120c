import { chooseOne, SUM_MISSED, XaigridError, type RunDetails, type RunEvaluation, type Selection } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import { formatShare, mapPicture } from '@xaigrid/report';
import { writeNpy } from '@xaigrid/tensor';
import { commandLine } from '../hints.js';
import { whyNotThere } from '../run-state.js';
import { withControl } from '../open-control.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface MapOptions extends ControlOptions, SelectionOptions {
  readonly sample: number;
  readonly npy?: string;
}

/** `xaigrid map RUN`: one sample and its map as a small picture, or the map as a file. */
export async function map(terminal: Terminal, reference: string, options: MapOptions): Promise<void> {
  await withControl(options, async (control) => {
    const details = await control.show(reference);
    const evaluation = await evaluationMeant(control, details, selectionFrom(options));
    const { id, progress } = details;
    const { input, label, labels } = await unlessMissing(
      control.sample(id, evaluation.ordinal, options.sample),
      progress.scored === 0 ? '' : ` These have scores: ${commandLine(options, 'scores', id)}`,
    );
    const { maps, degenerate } = await unlessMissing(
      control.maps(id, evaluation.ordinal, options.sample, options.sample + 1),
      ` ${whyNotThere(details, options)}`,
    );
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
        `\nThe map does not add up to the change of the output: it misses ${formatShare(missed)} of it (docs/methods.md).\n`,
      );
    if (diagnostics.length > 0) terminal.data(`\n${diagnostics.map(([name, value]) => `${name} ${value}\n`).join('')}`);
  });
}

/** Adds a sentence to the error about a missing sample or map. */
function unlessMissing<Result>(work: Promise<Result>, sentence: string): Promise<Result> {
  return work.catch((error: unknown) => {
    if (!(error instanceof XaigridError) || error.code !== 'MAP_NOT_FOUND') throw error;
    throw new XaigridError(error.code, error.message + sentence, { cause: error });
  });
}

function labelText(label: number, labels: readonly number[] | undefined): string {
  if (labels === undefined) return `label ${label}`;
  return labels.length === 0 ? 'no label' : `labels ${labels.join(', ')}`;
}

/** @throws USAGE for a name that the run does not have, and if several evaluations match */
async function evaluationMeant(control: RunControl, run: RunDetails, selection: Selection): Promise<RunEvaluation> {
  const fitting = new Set((await control.evaluations(run.id, selection)).map(({ ordinal }) => ordinal));
  const all = run.evaluations.map((details) => ({ ...details, evaluation: details.ordinal }));
  return chooseOne(all, ({ evaluation }) => fitting.has(evaluation), `run ${run.id}`);
}
