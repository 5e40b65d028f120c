import type { MapRecord, RunDetails } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import { npyHeader, sizeOf } from '@xaigrid/tensor';
import { writePieces, type ExportedFile } from './write-pieces.js';

/** What the manifest says of one evaluation's maps. */
export interface ManifestMaps {
  readonly evaluation: number;
  readonly label: string;
  readonly samples: number;
  /**
   * Row i is the map of sample i, or of `sampleIndices[i]` where the run takes a choice of samples; rows of missing ones are NaN.
   * Absent if there is no map at all.
   */
  readonly file?: string;
  /** Flags and diagnostics, one line a map. */
  readonly records: string;
  /** The samples of a choice, ascending. */
  readonly sampleIndices?: readonly number[];
  /** What the classes are called, in order, and the features of a table, where the data set says it. */
  readonly classNames?: readonly string[];
  readonly featureNames?: readonly string[];
  /** Rows without a stored map, as ranges [first, after the last]. */
  readonly missing: readonly SampleRange[];
}

type SampleRange = readonly [start: number, end: number];
type Maps = Pick<RunControl, 'maps' | 'mapRecords' | 'evaluation'>;

/** Values of maps fetched at a time; about 16 MB. */
const VALUES_AT_A_TIME = 1 << 22;
const RECORDS_AT_A_TIME = 10_000;

/** Writes what is stored of an evaluation's maps; memory grows with neither samples nor maps, only with gaps between them. */
export async function exportMaps(
  folder: string,
  runId: string,
  { ordinal, label, samples, chosen }: Pick<RunDetails['evaluations'][number], 'ordinal' | 'label' | 'samples' | 'chosen'>,
  control: Maps,
): Promise<{ readonly manifest: ManifestMaps; readonly files: readonly ExportedFile[] }> {
  const base = `maps/${ordinal}-${label.replace(/[^A-Za-z0-9._=-]+/g, '-')}`;
  const { sampleIndices: taken, classNames, featureNames } = await control.evaluation(runId, ordinal);
  const sampleIndices = chosen === undefined ? undefined : taken;
  const rows = rowsOf(sampleIndices);
  /** Ranges of rows. */
  const stored: SampleRange[] = [];
  async function* records(): AsyncIterable<Uint8Array> {
    let names: string[] | undefined;
    for (let start = 0; start < samples; start += RECORDS_AT_A_TIME) {
      const [from, to] = rows.samplesOf(start, Math.min(samples, start + RECORDS_AT_A_TIME));
      const page = await control.mapRecords(runId, ordinal, from, to);
      for (const { sampleIndex } of page) append(stored, rows.rowOf(sampleIndex));
      const [first] = page;
      if (first === undefined) continue;
      // Maps of one evaluation come from one method, which gives the same numbers with each.
      const header = names === undefined ? headerLine(first) : '';
      const known = (names ??= Object.keys(first.diagnostics));
      yield Buffer.from(header + page.map((record) => csvLine(record, known)).join(''));
    }
  }

  const written = await writePieces(folder, `${base}.csv`, records());
  const manifest = {
    ...{ evaluation: ordinal, label, samples },
    records: written.name,
    ...(sampleIndices === undefined ? {} : { sampleIndices }),
    ...(classNames.length === 0 ? {} : { classNames }),
    ...(featureNames === undefined ? {} : { featureNames }),
    missing: gaps(stored, samples),
  };
  const [first] = stored;
  if (first === undefined) return { manifest, files: [written] };

  const { maps: one } = await control.maps(runId, ordinal, ...rows.samplesOf(first[0], first[0] + 1));
  const shape = one.shape.slice(1);
  const step = Math.max(1, Math.floor(VALUES_AT_A_TIME / Math.max(1, sizeOf(shape))));
  async function* values(): AsyncIterable<Uint8Array> {
    yield npyHeader('<f4', [samples, ...shape]);
    for (let start = 0; start < samples; start += step) {
      const end = Math.min(samples, start + step);
      const piece = new Float32Array((end - start) * sizeOf(shape)).fill(NaN);
      for (const [from, to] of within(stored, start, end)) {
        const { maps } = await control.maps(runId, ordinal, ...rows.samplesOf(from, to));
        piece.set(maps.data, (from - start) * sizeOf(shape));
      }
      yield new Uint8Array(piece.buffer);
    }
  }
  const file = await writePieces(folder, `${base}.npy`, values());
  return { manifest: { ...manifest, file: file.name }, files: [file, written] };
}

/**
 * The samples of rows. In a choice of samples, the range of samples between two rows contains samples that are not in the choice;
 * they have no maps.
 */
function rowsOf(sampleIndices: readonly number[] | undefined): {
  rowOf(sampleIndex: number): number;
  samplesOf(start: number, end: number): SampleRange;
} {
  if (sampleIndices === undefined) return { rowOf: (sampleIndex) => sampleIndex, samplesOf: (start, end) => [start, end] };
  const rows = new Map(sampleIndices.map((sampleIndex, row) => [sampleIndex, row]));
  return {
    rowOf: (sampleIndex) => rows.get(sampleIndex) ?? -1,
    samplesOf: (start, end) => [sampleIndices[start] ?? 0, (sampleIndices[end - 1] ?? 0) + 1],
  };
}

/** Ranges in ascending order, grown by the next sample. */
function append(ranges: SampleRange[], sampleIndex: number): void {
  const last = ranges.at(-1);
  if (last?.[1] === sampleIndex) ranges[ranges.length - 1] = [last[0], sampleIndex + 1];
  else ranges.push([sampleIndex, sampleIndex + 1]);
}

function gaps(ranges: readonly SampleRange[], samples: number): SampleRange[] {
  const starts = [0, ...ranges.map(([, end]) => end)];
  const ends = [...ranges.map(([start]) => start), samples];
  return starts.flatMap((start, at): SampleRange[] => {
    const end = ends[at] ?? samples;
    return end > start ? [[start, end]] : [];
  });
}

function within(ranges: readonly SampleRange[], start: number, end: number): SampleRange[] {
  return ranges.map(([from, to]): SampleRange => [Math.max(from, start), Math.min(to, end)]).filter(([from, to]) => to > from);
}

function headerLine({ diagnostics }: MapRecord): string {
  return `${['sample', 'degenerate', ...Object.keys(diagnostics)].join(',')}\n`;
}

function csvLine({ sampleIndex, degenerate, diagnostics }: MapRecord, names: readonly string[]): string {
  return `${[sampleIndex, degenerate, ...names.map((name) => diagnostics[name] ?? '')].join(',')}\n`;
}
