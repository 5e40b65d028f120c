import { createHash } from 'node:crypto';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, XaigridError, type RunDetails, type ScoreRow } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/orchestrator';
import { formatScores, formatTable } from '@xaigrid/report';
import { npyHeader } from '@xaigrid/tensor';
import { withControl, type ControlOptions } from '../open-control.js';
import type { Terminal } from '../terminal.js';

interface ExportedFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Values of maps fetched at a time; about 16 MB. */
const VALUES_AT_A_TIME = 1 << 22;
const SCORES_AT_A_TIME = 10_000;

/** `xaigrid export RUN DIR`: spec, table, scores, maps as .npy, and a manifest with hashes. Memory does not grow with the run. */
export async function exportRun(terminal: Terminal, reference: string, folder: string, options: ControlOptions): Promise<void> {
  await prepareFolder(folder);
  await withControl(options, async (control) => {
    const details = await control.show(reference);
    const rows = await control.table([details.id]);
    const files: ExportedFile[] = [
      await writeText(folder, 'spec.yaml', details.specText),
      await writeText(folder, 'table.json', formatTable(rows, 'json')),
      await writeText(folder, 'table.csv', formatTable(rows, 'csv')),
      await writeScores(folder, details.id, control),
    ];
    for (const evaluation of details.evaluations) {
      const written = await writeMaps(folder, details, evaluation, control);
      if (written !== undefined) files.push(written);
      else terminal.note(`Evaluation ${evaluation.ordinal} (${evaluation.label}) has maps missing; they are left out.`);
    }
    const manifest = { run: { ...details, specText: undefined }, files };
    await writeText(folder, 'manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`);
    terminal.note(`${folder}: ${files.length + 1} files.`);
  });
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(join(folder, 'maps'), { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('FOLDER_UNWRITABLE', `${folder} cannot be made: ${reason}. Choose a folder that can be written to.`, {
      cause: error,
    });
  }
  const there = (await readdir(folder)).filter((name) => name !== 'maps');
  if (there.length > 0) throw new XaigridError('USAGE', `${folder} is not empty. Choose a new folder.`);
}

async function writeText(folder: string, name: string, text: string): Promise<ExportedFile> {
  await writeFile(join(folder, name), text);
  return { name, sha256: sha256(text), bytes: Buffer.byteLength(text) };
}

/** Writes pieces to a file as they come, hashing on the way. */
async function writePieces(folder: string, name: string, pieces: AsyncIterable<Uint8Array>): Promise<ExportedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(join(folder, name), 'w');
  try {
    for await (const piece of pieces) {
      await handle.writeFile(piece);
      hash.update(piece);
      bytes += piece.byteLength;
    }
  } finally {
    await handle.close();
  }
  return { name, sha256: hash.digest('hex'), bytes };
}

function writeScores(folder: string, runId: string, control: RunControl): Promise<ExportedFile> {
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (let offset = 0; ; offset += SCORES_AT_A_TIME) {
      const rows: ScoreRow[] = await control.scores(runId, { limit: SCORES_AT_A_TIME, offset });
      const text = formatScores(rows, 'csv');
      yield Buffer.from(offset === 0 ? text : text.slice(text.indexOf('\n') + 1));
      if (rows.length < SCORES_AT_A_TIME) return;
    }
  }
  return writePieces(folder, 'scores.csv', pieces());
}

async function writeMaps(
  folder: string,
  details: RunDetails,
  evaluation: RunDetails['evaluations'][number],
  control: RunControl,
): Promise<ExportedFile | undefined> {
  const { ordinal, samples } = evaluation;
  const first = await control.maps(details.id, ordinal, 0, 1).catch(() => undefined);
  if (first === undefined || details.progress.failed > 0) return undefined;
  const shape = first.maps.shape.slice(1);
  const step = Math.max(1, Math.floor(VALUES_AT_A_TIME / Math.max(1, first.maps.data.length)));
  async function* pieces(): AsyncIterable<Uint8Array> {
    yield npyHeader('<f4', [samples, ...shape]);
    for (let start = 0; start < samples; start += step) {
      const { maps } = await control.maps(details.id, ordinal, start, Math.min(samples, start + step));
      yield new Uint8Array(maps.data.buffer, maps.data.byteOffset, maps.data.byteLength);
    }
  }
  const safeLabel = evaluation.label.replace(/[^A-Za-z0-9._=-]+/g, '-');
  return writePieces(folder, `maps/${ordinal}-${safeLabel}.npy`, pieces());
}
