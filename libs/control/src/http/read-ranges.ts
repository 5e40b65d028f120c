import { operations, type LabelSet, type MapRecord } from '@xaigrid/contracts';
import { float32Of, int32Of, parseNpy, parseNpz, type StoredPredictions, type Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';
import type { MapsOfRange } from '../run-control.js';
import type { Client } from './client.js';

/** One evaluation of a run, as paths name it. */
type EvaluationParams = Readonly<Record<'id' | 'ordinal', string | number>>;

/** Reads the maps of a range in several requests, because the server chooses how many maps it sends in an answer. */
export async function allMaps(client: Client, params: EvaluationParams, start: number, end: number): Promise<MapsOfRange> {
  const parts: MapsOfRange[] = [];
  for (let next: number | undefined = start; next !== undefined;) {
    const { headers, bytes } = await client.bytes(operations.maps, { params, query: { start: next, end } });
    const flags = headers.get('x-degenerate') ?? '';
    parts.push({ maps: tensorFrom(client, bytes), degenerate: Array.from(flags, (flag) => flag === '1') });
    const after = headers.get('x-next-start');
    next = after === null || Number(after) <= next ? undefined : Number(after);
  }
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  return joined(parts);
}

export async function allMapRecords(client: Client, params: EvaluationParams, start: number, end: number): Promise<MapRecord[]> {
  const records: MapRecord[] = [];
  for (let from: number | undefined = start; from !== undefined && from < end;) {
    const page: z.output<typeof operations.mapRecords.answer> = await client.call(operations.mapRecords, {
      params,
      query: { start: from, end },
    });
    records.push(...page.records);
    from = page.next !== undefined && page.next > from ? page.next : undefined;
  }
  return records;
}

/** What is stored of a range of samples, fetched answer by answer. */
export async function allPredictions(
  client: Client,
  params: EvaluationParams,
  start: number,
  end: number,
): Promise<StoredPredictions> {
  const parts: StoredPredictions[] = [];
  for (let next: number | undefined = start; next !== undefined && next < end;) {
    const { headers, bytes } = await client.bytes(operations.predictions, { params, query: { start: next, end } });
    const reading = { name: `The answer of ${client.location}`, code: 'SERVER_UNREACHABLE' } as const;
    const npz = parseNpz(bytes, reading);
    parts.push({
      sampleIndices: int32Of(npz.array('sample_index'), reading).data,
      labels: int32Of(npz.array('label'), reading).data,
      outputs: float32Of(npz.array('outputs')),
      ...(npz.keys.includes('labels') ? { labelSets: setsOf(int32Of(npz.array('labels'), reading)) } : {}),
    });
    const after = headers.get('x-next-start');
    next = after === null || Number(after) <= next ? undefined : Number(after);
  }
  const some = parts.filter(({ labels }) => labels.length > 0);
  const [only, ...others] = some;
  if (only === undefined)
    return { sampleIndices: new Int32Array(), labels: new Int32Array(), outputs: { shape: [0, 0], data: new Float32Array() } };
  if (others.length === 0) return only;
  const flat = (of: (part: StoredPredictions) => Int32Array): Int32Array<ArrayBuffer> =>
    Int32Array.from(some.flatMap((part) => Array.from(of(part))));
  return {
    sampleIndices: flat((part) => part.sampleIndices),
    labels: flat((part) => part.labels),
    ...(only.labelSets === undefined ? {} : { labelSets: some.flatMap(({ labelSets = [] }) => labelSets) }),
    outputs: joined(some.map(({ outputs }) => ({ maps: outputs, degenerate: [] }))).maps,
  };
}

/** Sets from multi-hot rows. */
function setsOf({ shape, data }: Tensor<Int32Array<ArrayBuffer>>): LabelSet[] {
  const [rows = 0, classes = 0] = shape;
  return Array.from({ length: rows }, (_, row) => {
    const hot = data.subarray(row * classes, (row + 1) * classes);
    return Int32Array.from(Array.from(hot.keys()).filter((label) => hot[label] === 1));
  });
}

function joined(parts: readonly MapsOfRange[]): MapsOfRange {
  const rows = parts.reduce((sum, { maps }) => sum + (maps.shape[0] ?? 0), 0);
  const data = new Float32Array(parts.reduce((sum, { maps }) => sum + maps.data.length, 0));
  let offset = 0;
  for (const { maps } of parts) {
    data.set(maps.data, offset);
    offset += maps.data.length;
  }
  const shape = parts[0]?.maps.shape.slice(1) ?? [];
  return { maps: { shape: [rows, ...shape], data }, degenerate: parts.flatMap(({ degenerate }) => degenerate) };
}

export function tensorFrom(client: Client, bytes: Uint8Array): Tensor {
  return float32Of(parseNpy(bytes, { name: `The answer of ${client.location}`, code: 'SERVER_UNREACHABLE' }));
}
