import { canonicalJson, sha256, type Sha256 } from '@xaigrid/contracts';
import type { Tensor } from '@xaigrid/tensor';

/** The fingerprint of generated samples: the SHA-256 over kind, planned parameters, labels and values, as little-endian bytes. */
export function sampleFingerprint(options: {
  readonly kind: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Tensor;
  readonly labels: Int32Array;
}): Sha256 {
  const { kind, params, inputs, labels } = options;
  return sha256(
    canonicalJson({ kind, params, shape: inputs.shape }),
    littleEndian(labels.length, (view, i) => view.setInt32(4 * i, labels[i] ?? 0, true)),
    littleEndian(inputs.data.length, (view, i) => view.setFloat32(4 * i, inputs.data[i] ?? 0, true)),
  );
}

/** The fingerprint of samples from files: the SHA-256 over kind, planned parameters and the hashes of the files, in order. */
export function fileFingerprint(options: {
  readonly kind: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly files: readonly Sha256[];
}): Sha256 {
  return sha256(canonicalJson(options));
}

function littleEndian(length: number, put: (view: DataView, index: number) => void): Uint8Array {
  const bytes = new Uint8Array(4 * length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < length; i++) put(view, i);
  return bytes;
}
