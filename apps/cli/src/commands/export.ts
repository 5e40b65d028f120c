import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, type RunDetails } from '@xaigrid/contracts';
import { formatTable } from '@xaigrid/report';
import { exportMaps, type ManifestMaps } from '../export/export-maps.js';
import { exportFormats, resultFiles } from '../export/result-files.js';
import { writePieces, type ExportedFile } from '../export/write-pieces.js';
import { makeNewFolder } from '../new-folder.js';
import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface ExportOptions extends ControlOptions, SelectionOptions {
  readonly format: string;
}

/**
 * `xaigrid export RUN DIR`: spec, table, scores, maps as .npy with their records as CSV, and a manifest with hashes; in
 * Parquet predictions and failures too. Memory does not grow with the run.
 */
export async function exportRun(terminal: Terminal, reference: string, folder: string, options: ExportOptions): Promise<void> {
  const selection = selectionFrom(options);
  const format = oneOf(options.format, exportFormats, '--format');
  await withControl(options, async (control) => {
    const details = await control.show(reference);
    const rows = await control.table([details.id], selection);
    const evaluations = await control.evaluations(details.id, selection);
    await makeNewFolder(folder);
    await mkdir(join(folder, 'maps'));
    const files: ExportedFile[] = [
      await writeText(folder, 'spec.yaml', details.specText),
      await writeText(folder, 'table.json', formatTable(rows, 'json')),
    ];
    for (const { name, pieces } of resultFiles(format, { control, details, selection, rows, evaluations }))
      files.push(await writePieces(folder, name, pieces));
    if (format === 'parquet') noteFailures(terminal, details);
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

/** A run tells of a hundred failures at most. */
function noteFailures(terminal: Terminal, { failures, progress }: RunDetails): void {
  const told = failures.reduce((sum, { samples }) => sum + samples, 0);
  if (told < progress.failed)
    terminal.note(`failures.parquet has the first ${failures.length} failures, of ${told} of ${progress.failed} failed samples.`);
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
