import { contentHash, XaigridError } from '@xaigrid/contracts';
import { float64Of, openNpyRows, sizeOf, type NpyRows, type Tensor } from '@xaigrid/tensor';
import { describeCounts, emptyCounts } from './count-regions.js';
import { maskMeaning, noClass, type MaskMeaning } from './mask-classes.js';
import type { ArrayRegions } from './parameters.js';
import { regionProblem } from './region-files.js';

/** The regions of samples from arrays. */
export interface ArrayRegionRows {
  readonly fingerprint: string;
  /** How many samples have a region, one sentence. */
  readonly note: string;
  /** The regions of runs of samples, one after the other: `[n, ...positions]`. */
  read(runs: readonly (readonly [start: number, length: number])[]): Promise<Tensor>;
  close(): Promise<void>;
}

/** Values that are looked at together when regions are checked: 8 MiB of doubles. */
const CHECKED_TOGETHER = 2 ** 20;

/**
 * Opens a .npy file [n, ...positions] of regions. Each value is looked at once, so that a file with a mistake is refused before
 * anything is computed. This takes no longer than the hash of the file.
 * @param about.labelsOf gives the classes of a sample
 * @throws SHAPE_MISMATCH if it does not fit the samples; DATASET_UNREADABLE naming the sample for a value that means nothing
 */
export async function openArrayRegions(
  file: { readonly path: string; readonly name: string; readonly sha256: string },
  params: ArrayRegions,
  about: {
    readonly size: number;
    readonly positions: readonly number[];
    readonly classes: number;
    readonly labelsOf: (sample: number) => Int32Array;
  },
): Promise<ArrayRegionRows> {
  const { size, positions, classes, labelsOf } = about;
  const rows = await openNpyRows(file.path, { name: file.name });
  const values = { firstClass: params.firstClass, ignore: params.ignore };
  const meaningOf = maskMeaning(values, classes);
  const stride = sizeOf(positions);

  /** Whether a value belongs to the region of a sample with these labels. */
  function isInside(meaning: MaskMeaning, labels: Int32Array): boolean {
    return meaning === 'object' || (typeof meaning === 'number' && (params.of === 'any' || labels.includes(meaning)));
  }

  async function draw(
    start: number,
    end: number,
    region: Float32Array,
    see?: (value: number, sample: number) => void,
  ): Promise<void> {
    const { data } = float64Of(await rows.read(start, end));
    for (let at = 0; at < data.length; at++) {
      const sample = start + Math.floor(at / stride);
      const value = data[at] ?? 0;
      see?.(value, sample);
      region[at] = isInside(meaningOf(value), labelsOf(sample)) ? 1 : 0;
    }
  }

  try {
    checkShape(rows, file.name, [size, ...positions]);
    const counts = emptyCounts(size);
    const step = Math.max(1, Math.floor(CHECKED_TOGETHER / stride));
    const region = new Float32Array(Math.min(step, size) * stride);
    for (let start = 0; start < size; start += step) {
      const end = Math.min(size, start + step);
      const marked = new Set<number>();
      await draw(start, end, region, (value, sample) => {
        const meaning = meaningOf(value);
        if (!Number.isFinite(value)) throw regionProblem(`${file.name} has a value at sample ${sample} that is no number`);
        if (meaning === 'no class') throw regionProblem(noClass(`${file.name}, sample ${sample},`, value, values, classes));
        if (meaning !== 'background') marked.add(sample);
      });
      for (let sample = start; sample < end; sample++) {
        const own = region.subarray((sample - start) * stride, (sample - start + 1) * stride);
        if (own.includes(1)) counts.regions += 1;
        else if (marked.has(sample)) counts.otherClass += 1;
        else counts.empty += 1;
      }
    }
    return {
      fingerprint: contentHash({ of: params.of, ...values, regions: file.sha256 }),
      note: `${file.name}: ${describeCounts(counts)}.`,
      async read(runs) {
        const total = runs.reduce((sum, [, length]) => sum + length, 0);
        const data = new Float32Array(total * stride);
        let row = 0;
        for (const [start, length] of runs) {
          await draw(start, start + length, data.subarray(row * stride, (row + length) * stride));
          row += length;
        }
        return { shape: [total, ...positions], data };
      },
      close: () => rows.close(),
    };
  } catch (error) {
    await rows.close();
    throw error;
  }
}

function checkShape(rows: NpyRows, name: string, wanted: readonly number[]): void {
  if (rows.shape.join() === wanted.join()) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${name} has shape [${rows.shape.join(', ')}], and regions of this data set are [${wanted.join(', ')}]: one number per position of each sample, without channels.`,
  );
}
