import type { RunEvaluation } from '@xaigrid/contracts';

/**
 * What a method read besides samples and model, one sentence part each: the files, and the background.
 * @param options.digits of the fingerprint of the background's data set
 */
export function whatItReads({ files = [], background }: RunEvaluation, options: { readonly digits: number }): string[] {
  return [
    ...files.map(({ name, size, sha256 }) => `file ${name}, ${size} bytes, sha256 ${sha256}`),
    ...(background === undefined ? [] : [backgroundInWords(background, options.digits)]),
  ];
}

function backgroundInWords(
  { dataset, datasetFingerprint, datasetSize, size, selection }: NonNullable<RunEvaluation['background']>,
  digits: number,
): string {
  const which =
    size === datasetSize
      ? `all ${size} samples of ${dataset}`
      : selection === 'first'
        ? `the first ${size} of ${datasetSize} samples of ${dataset}`
        : `${size} of ${datasetSize} samples of ${dataset}, drawn by the seed`;
  return `background ${which}, fingerprint ${datasetFingerprint.slice(0, digits)}`;
}
