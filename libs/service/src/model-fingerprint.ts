import { canonicalJson, sha256, type FileReference, type ModelOptions } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';

/**
 * What maps and scores of a model are stored under. They are of the model as it is executed, so what is added to its files counts,
 * which of several outputs was chosen, and what earlier versions made of them wrongly; where there is nothing such it is the hash over
 * the hashes of the files.
 */
export function modelFingerprint(model: Model, files: readonly FileReference[], options: ModelOptions): string {
  const { corrections } = model;
  const { ending, file } = model.output;
  const added = {
    ...(ending === 'none' ? {} : { ending }),
    ...(corrections.length === 0 ? {} : { corrections }),
    ...(file.byName ? { output: file.name } : {}),
    ...(options.inputShape === undefined ? {} : { inputShape: model.input.shape }),
    // Before there was a layout every input was taken for channels first.
    ...(model.format === 'onnx' && model.input.layout?.layout === 'channels-last' ? { layout: 'channels-last' } : {}),
  };
  const hashes = files.map((file) => file.sha256);
  return Object.keys(added).length === 0 ? sha256(...hashes) : sha256(...hashes, canonicalJson(added));
}
