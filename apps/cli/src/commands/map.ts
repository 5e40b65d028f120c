import { SUM_MISSED, XaigridError, type RunDetails } from '@xaigrid/contracts';
import { formatShare, mapPicture } from '@xaigrid/report';
import { writeNpy } from '@xaigrid/tensor';
import { withControl, type ControlOptions } from '../open-control.js';
import type { Terminal } from '../terminal.js';

export interface MapOptions extends ControlOptions {
  readonly method?: string;
  readonly sample: number;
  readonly npy?: string;
}

/** `xaigrid map RUN`: one sample and its map as a small picture, or the map as a file. */
export async function map(terminal: Terminal, reference: string, options: MapOptions): Promise<void> {
  await withControl(options, async (control) => {
    const details = await control.show(reference);
    const evaluation = chooseEvaluation(details, options.method);
    const { input, label } = await control.sample(details.id, evaluation.ordinal, options.sample);
    const { maps, degenerate } = await control.maps(details.id, evaluation.ordinal, options.sample, options.sample + 1);
    const one = { shape: maps.shape.slice(1), data: maps.data };
    if (options.npy !== undefined) {
      await writeNpy(options.npy, one);
      terminal.note(`${options.npy}: float32 ${one.shape.join('×')}`);
      return;
    }
    terminal.data(
      `${evaluation.label}, sample ${options.sample}, label ${label}${degenerate[0] === true ? ', degenerate map' : ''}\n\n`,
    );
    terminal.data(mapPicture(input, one, { width: terminal.width }));
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

/** By label, else by method, else the only one. */
export function chooseEvaluation(details: RunDetails, wanted: string | undefined): RunDetails['evaluations'][number] {
  const { evaluations } = details;
  const byLabel = evaluations.filter((evaluation) => evaluation.label === wanted);
  const matching =
    wanted === undefined
      ? evaluations
      : byLabel.length > 0
        ? byLabel
        : evaluations.filter((evaluation) => evaluation.method === wanted);
  const [first] = matching;
  const labels = evaluations.map(({ label, dataset }) => `"${label}" (${dataset})`).join(', ');
  if (first === undefined)
    throw new XaigridError('MAP_NOT_FOUND', `Run ${details.id} has no evaluation "${wanted ?? ''}". It has: ${labels}.`);
  if (matching.length > 1)
    throw new XaigridError('USAGE', `Several evaluations of run ${details.id} fit; choose one by --method: ${labels}.`);
  return first;
}
