import { canonicalJson, sha256, type FileReference, type ModelOptions } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';

/**
 * The key under which a model's maps and scores are stored. It identifies the model as it is executed: the hashes of its files,
 * plus whatever changes their meaning (an added Softmax or Sigmoid, corrections of how earlier versions read the files, the
 * chosen output, a given input shape, the layout). With none of those it is the hash over the hashes of the files.
 */
export function modelFingerprint(model: Model, files: readonly FileReference[], options: ModelOptions): string {
  const { corrections } = model;
  const { ending, file } = model.output;
  const added = {
    ...(ending === 'none' ? {} : { ending }),
    ...(corrections.length === 0 ? {} : { corrections }),
    ...(file.byName ? { output: file.name } : {}),
    ...(options.inputShape === undefined ? {} : { inputShape: model.input.shape }),
    // Versions without a layout option took every input for channels first.
    ...(model.format === 'onnx' && model.input.layout?.layout === 'channels-last' ? { layout: 'channels-last' } : {}),
  };
  const hashes = files.map((file) => file.sha256);
  return Object.keys(added).length === 0 ? sha256(...hashes) : sha256(...hashes, canonicalJson(added));
}
