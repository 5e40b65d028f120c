import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, type ScoreRow, type Selection } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import { formatScores, formatTable } from '@xaigrid/report';
import { exportMaps, type ManifestMaps } from '../export/export-maps.js';
import { writePieces, type ExportedFile } from '../export/write-pieces.js';
import { makeNewFolder } from '../new-folder.js';
import { withControl } from '../open-control.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export type ExportOptions = ControlOptions & SelectionOptions;

const SCORES_AT_A_TIME = 10_000;

/**
 * `xaigrid export RUN DIR`: spec, table, scores, maps as .npy with their records as CSV, and a manifest with hashes. Memory does
 * not grow with the run.
 */
export async function exportRun(terminal: Terminal, reference: string, folder: string, options: ExportOptions): Promise<void> {
  const selection = selectionFrom(options);
  await withControl(options, async (control) => {
    const details = await control.show(reference);
    const rows = await control.table([details.id], selection);
    const evaluations = await control.evaluations(details.id, selection);
    await makeNewFolder(folder);
    await mkdir(join(folder, 'maps'));
    const files: ExportedFile[] = [
      await writeText(folder, 'spec.yaml', details.specText),
      await writeText(folder, 'table.json', formatTable(rows, 'json')),
      await writeText(folder, 'table.csv', formatTable(rows, 'csv')),
      await writeScores(folder, details.id, { control, selection }),
    ];
    const maps: ManifestMaps[] = [];
    for (const evaluation of evaluations) {
      const exported = await exportMaps(folder, details.id, evaluation, control);
      files.push(...exported.files);
      maps.push(exported.manifest);
      noteMissing(terminal, exported.manifest);
    }
    const manifest = { run: { ...details, specText: undefined }, selection, files, maps };
    await writeText(folder, 'manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`);
    terminal.note(`${folder}: ${files.length + 1} files.`);
  });
}

function noteMissing(terminal: Terminal, { evaluation, label, samples, missing }: ManifestMaps): void {
  const count = missing.reduce((sum, [start, end]) => sum + end - start, 0);
  if (count === 0) return;
  terminal.note(
    count === samples
      ? `Evaluation ${evaluation} (${label}) has no maps.`
      : `Evaluation ${evaluation} (${label}) has no maps for ${count} of its ${samples} samples. Their rows are NaN; manifest.json lists them.`,
  );
}

async function writeText(folder: string, name: string, text: string): Promise<ExportedFile> {
  await writeFile(join(folder, name), text);
  return { name, sha256: sha256(text), bytes: Buffer.byteLength(text) };
}

function writeScores(
  folder: string,
  runId: string,
  { control, selection }: { readonly control: RunControl; readonly selection: Selection },
): Promise<ExportedFile> {
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (let offset = 0; ; offset += SCORES_AT_A_TIME) {
      const rows: ScoreRow[] = await control.scores(runId, { ...selection, limit: SCORES_AT_A_TIME, offset });
      const text = formatScores(rows, 'csv');
      yield Buffer.from(offset === 0 ? text : text.slice(text.indexOf('\n') + 1));
      if (rows.length < SCORES_AT_A_TIME) return;
    }
  }
  return writePieces(folder, 'scores.csv', pieces());
}
