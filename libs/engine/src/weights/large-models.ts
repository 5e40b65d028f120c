import { canonicalJson, type FileReference, type ModelOptions } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import { sharedMemories } from './share-weights.js';

/** Large models that are in use. */
const inUse = new Map<string, WeakRef<Model>>();

/**
 * Reads a model. If it is large and in use in this process already, that one is returned.
 * @param model the source: its name, its files by content, and its options
 */
export async function readModelOnce(
  model: { readonly name: string; readonly files: readonly FileReference[]; readonly options: ModelOptions },
  read: () => Promise<Model>,
): Promise<Model> {
  const key = canonicalJson([model.name, model.files.map(({ name, sha256 }) => [name, sha256]), model.options]);
  const known = inUse.get(key)?.deref();
  if (known !== undefined) return known;
  const made = await read();
  for (const [other, reference] of inUse) if (reference.deref() === undefined) inUse.delete(other);
  if (sharedMemories(made).size > 0) inUse.set(key, new WeakRef(made));
  return made;
}
