/** Formats that are recognised by how a file begins. */
export type FileFormat =
  | 'npy'
  | 'npz'
  | 'hdf5'
  | 'pytorch'
  | 'keras'
  | 'zip'
  | 'safetensors'
  | 'pickle'
  | 'parquet'
  | 'arrow'
  | 'matlab'
  | 'gzip'
  | 'image'
  | 'text';

const beginnings: readonly (readonly [FileFormat, readonly number[]])[] = [
  ['npy', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ['hdf5', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['parquet', [0x50, 0x41, 0x52, 0x31]],
  ['arrow', [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]],
  ['matlab', [0x4d, 0x41, 0x54, 0x4c, 0x41, 0x42]],
  ['gzip', [0x1f, 0x8b]],
  ['image', [0x89, 0x50, 0x4e, 0x47]],
  ['image', [0xff, 0xd8, 0xff]],
  ['image', [0x49, 0x49, 0x2a, 0x00]],
  ['image', [0x4d, 0x4d, 0x00, 0x2a]],
  // Before version 1.6, torch.save wrote a pickled number first.
  ['pytorch', [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]],
];

/** The format that a file's first bytes show (some hundred bytes are enough). Undefined if it is not known. */
export function fileFormat(start: Uint8Array): FileFormat | undefined {
  const found = beginnings.find(([, magic]) => magic.every((byte, index) => start[index] === byte));
  if (found !== undefined) return found[0];
  if (start[0] === 0x50 && start[1] === 0x4b) return zipFormat(start);
  // The length of a JSON object, then the object.
  if (start[8] === 0x7b && start[6] === 0 && start[7] === 0) return 'safetensors';
  if (start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5) return 'pickle';
  const text = start.subarray(0, 512).every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  return text && start.length > 0 ? 'text' : undefined;
}

/** The format of a zip archive, by the name of its first file. */
function zipFormat(start: Uint8Array): FileFormat {
  const length = (start[26] ?? 0) + 256 * (start[27] ?? 0);
  const name = new TextDecoder().decode(start.subarray(30, 30 + length));
  if (name.endsWith('.npy')) return 'npz';
  if (/(^|\/)(data\.pkl|constants\.pkl|byteorder|\.format_version|\.data\/.*)$/.test(name)) return 'pytorch';
  if (name === 'metadata.json' || name === 'config.json' || name.endsWith('.weights.h5')) return 'keras';
  return 'zip';
}

const meanings: Readonly<Record<FileFormat, string>> = {
  npy: 'a .npy file',
  npz: 'a .npz archive',
  hdf5: 'an HDF5 file; save its arrays by numpy.savez("data.npz", x=file["x"][:], y=file["y"][:]) with h5py',
  pytorch: 'a PyTorch file; save its tensors by numpy.savez("data.npz", x=x.numpy(), y=y.numpy())',
  keras: 'a Keras model',
  zip: 'a zip archive of something else',
  safetensors: 'a safetensors file, which data sets read as kind: safetensors',
  pickle: 'a pickle',
  parquet: 'a Parquet file; save its columns by numpy.savez("data.npz", x=frame[columns].to_numpy(), y=frame[label].to_numpy())',
  arrow: 'an Arrow file; save its columns by numpy.savez("data.npz", x=frame[columns].to_numpy(), y=frame[label].to_numpy())',
  matlab: 'a MATLAB file; save its arrays by numpy.savez("data.npz", x=..., y=...) with scipy.io.loadmat',
  gzip: 'compressed by gzip; unpack it first',
  image: 'an image',
  text: 'text; a table is read as a data set of kind: csv',
};

/** `it is an HDF5 file; save its arrays …`: what an unexpected file is, and what to do if xaigrid does not read its format. */
export function whatItIs(start: Uint8Array): string {
  const format = fileFormat(start);
  return format === undefined ? 'it does not begin as one' : `it is ${meanings[format]}`;
}
