import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { counted } from '../counted.js';
import { readSpec } from '../read-spec.js';
import type { Terminal } from '../terminal.js';
import { compareMaps, compareScores, noAgreement, type Agreement } from '../verify/compare.js';
import { damagedFiles, readManifest, type Manifest } from '../verify/read-export.js';
import { recompute, type Recomputed } from '../verify/recompute.js';

export interface VerifyOptions {
  readonly samples: number;
  readonly seed?: number;
  readonly base?: string;
  readonly tolerance: number;
  readonly threads?: number;
  readonly set: readonly string[];
  readonly json?: boolean;
}

/** One evaluation of an export, and how it agrees with what was computed again. */
interface Verified {
  readonly evaluation: number;
  readonly dataset: string;
  readonly model: string;
  readonly label: string;
  readonly maps: Agreement;
  readonly scores: Agreement;
}

/**
 * `xaigrid verify FOLDER`: the files of an export against the hashes of its manifest, and some of its samples computed again. Exit
 * status 1 if something differs.
 */
export async function verify(terminal: Terminal, folder: string, options: VerifyOptions): Promise<void> {
  const { samples, base = '.', tolerance, threads, set } = options;
  const manifest = await readManifest(folder);
  const damaged = await damagedFiles(folder, manifest);
  if (damaged.length > 0)
    throw new XaigridError(
      'EXPORT_DAMAGED',
      `${folder} is not as it was exported:\n${damaged.map((line) => `  ${line}.`).join('\n')}`,
    );
  const { run } = manifest;
  terminal.note(
    `Run ${run.id} (${run.name}), exported by xaigrid ${run.versions.xaigrid}: all ${counted(manifest.files.length, 'file')} have the hashes of the manifest.`,
  );
  const read = await readSpec(join(folder, 'spec.yaml'), set);
  const { seed = randomInt(2 ** 31) } = options;
  const recomputed = await recompute(
    manifest,
    { ...read, baseFolder: resolve(base) },
    {
      ...{ samples, seed, ...(threads === undefined ? {} : { threads }) },
      onStart: ({ notes }) => {
        for (const note of notes) terminal.note(note);
        terminal.note('Data, models and methods are those of the export. Computing some samples again …');
      },
    },
  );
  const verified = await compared(folder, manifest, { recomputed, tolerance });
  const holds = verified.every(({ maps, scores }) => [maps, scores].every(({ different, missing }) => different + missing === 0));
  if (options.json === true)
    terminal.data(`${JSON.stringify({ run: run.id, seed, tolerance, holds, evaluations: verified }, undefined, 2)}\n`);
  else terminal.data(verified.map(lineOf).join(''));
  terminal.note(
    holds
      ? `Verified${choiceOf(manifest, seed)}.`
      : `Not verified${choiceOf(manifest, seed)}: what was computed again differs by more than ${tolerance}.`,
  );
  if (!holds) process.exitCode = 1;
}

async function compared(
  folder: string,
  manifest: Manifest,
  { recomputed, tolerance }: { readonly recomputed: readonly Recomputed[]; readonly tolerance: number },
): Promise<Verified[]> {
  const scores = await compareScores(folder, manifest, {
    scores: new Map(recomputed.map(({ evaluation, scores: own }) => [evaluation.ordinal, own])),
    tolerance,
  });
  return Promise.all(
    recomputed.map(async ({ evaluation: { ordinal, dataset, model, label }, maps }) => ({
      ...{ evaluation: ordinal, dataset, model, label },
      maps: await compareMaps(folder, manifest.maps.find(({ evaluation }) => evaluation === ordinal) ?? {}, { maps, tolerance }),
      scores: scores.get(ordinal) ?? noAgreement(),
    })),
  );
}

function lineOf({ dataset, model, label, maps, scores }: Verified): string {
  return `${label}, ${model} on ${dataset}: ${agreementText(maps, 'map', 'maps')}; ${agreementText(scores, 'number of its scores', 'numbers of its scores')}\n`;
}

function agreementText({ compared: count, equal, largest, different, missing }: Agreement, one: string, several: string): string {
  const [same, differs] = [equal === count ? 'all' : String(equal), equal < count];
  const rest = [
    ...(differs ? [`the others differ by ${largest.toExponential(1)} at most`] : []),
    ...(different === 0 ? [] : [`${different} by more than is allowed`]),
    ...(missing === 0 ? [] : [`${missing} not in the export`]),
  ];
  return [`${count} ${count === 1 ? one : several}: ${same} equal bit by bit`, ...rest].join(', ');
}

/** Which samples they were, where that can be asked for again. */
function choiceOf({ run }: Manifest, seed: number): string {
  const isWhole = run.evaluations.every(({ samples, datasetSize = samples }) => samples === datasetSize);
  return isWhole ? ` on a random choice of samples (--seed ${seed} takes the same)` : ' on the first samples of its choice';
}
