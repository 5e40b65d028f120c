import { takeRows, type Tensor } from '@xaigrid/tensor';

/** What a request says of each of its samples. */
interface SampleRows {
  readonly inputs: Tensor;
  readonly classes: Int32Array<ArrayBuffer>;
  readonly sampleIndices?: Int32Array<ArrayBuffer>;
}

/** The same request for some of its samples. */
export function rowsOfRequest<Request extends SampleRows>(request: Request, rows: Int32Array<ArrayBuffer>): Request {
  const { inputs, classes, sampleIndices } = request;
  const pick = (of: Int32Array): Int32Array<ArrayBuffer> => rows.map((row) => of[row] ?? -1);
  return {
    ...request,
    ...{ inputs: takeRows(inputs, rows), classes: pick(classes) },
    ...(sampleIndices === undefined ? {} : { sampleIndices: pick(sampleIndices) }),
  };
}
