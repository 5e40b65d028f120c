import { XaigridError, type EngineName, type FileReference } from '@xaigrid/contracts';
import { checkModel, type ModelCheck } from '@xaigrid/engine';
import type { Model } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import type { ChecksCache } from './checks-cache.js';

export interface ModelToCheck {
  /** Its name in messages. */
  readonly name: string;
  readonly model: Model;
  readonly files: readonly FileReference[];
  /** `[n, ...inputShape]`: some samples of its data set. */
  readonly samples: Tensor;
}

/** What a missing check means for the user. */
export const UNCONFIRMED = 'Nothing else confirms what xaigrid computes with it.';

/** Errors that are not the model's fault: another machine may have what is missing here. */
const ofThisMachine = ['ENGINE_UNAVAILABLE', 'ENGINE_ENDED'];

/**
 * Checks that models are read correctly. A few samples run through each model's own file, one at a time, and through our graph of
 * it, in one batch.
 * @returns what the user should know: which models could not be compared, and why
 * @throws MODEL_MISREAD with both numbers if they differ, and the errors of the engine if it cannot run the model
 */
export async function checkModels(
  models: readonly ModelToCheck[],
  {
    engine,
    cache,
    signal,
  }: { readonly engine: EngineName; readonly cache: ChecksCache; readonly signal?: AbortSignal | undefined },
): Promise<string[]> {
  const notes: string[] = [];
  for (const { name, model, files, samples } of models) {
    const [file] = files;
    if (file?.path === undefined || samples.shape[0] === 0) continue;
    const key = cache.keyOf({ model, sha256: files.map(({ sha256 }) => sha256), engine });
    const known = await cache.find(key);
    const request = { model, path: file.path, samples, engine };
    const reason = known === undefined ? await uncheckedBecause(name, request, { key, cache, signal }) : known.unchecked;
    if (reason !== undefined) notes.push(`Model "${name}" was not compared with its file: ${reason} ${UNCONFIRMED}`);
  }
  return notes;
}

async function uncheckedBecause(
  name: string,
  request: Parameters<typeof checkModel>[0],
  { key, cache, signal }: { readonly key: string; readonly cache: ChecksCache; readonly signal: AbortSignal | undefined },
): Promise<string | undefined> {
  try {
    const { ownFile } = await checkModel(request, signal);
    assertReadRight(name, request.model, ownFile);
    const reason = ownFile.result === 'unchecked' ? ownFile.reason : undefined;
    await cache.keep(key, reason === undefined ? {} : { unchecked: reason });
    return reason;
  } catch (error) {
    if (error instanceof XaigridError && ofThisMachine.includes(error.code)) return error.message;
    throw error;
  }
}

/** @throws MODEL_MISREAD if the check found a difference */
export function assertReadRight(name: string, { format }: Pick<Model, 'format'>, check: ModelCheck['ownFile']): void {
  if (check.result !== 'differs') return;
  const wayOut = format === 'onnx' ? 'Export it again with a dynamic batch' : 'Save it as .keras with a newer Keras, or as ONNX';
  throw new XaigridError(
    'MODEL_MISREAD',
    `Model "${name}" differs from its file: for class ${check.class}, the ${ordinal(check.sample)} test sample has probability ${digits(check.byItself)} by ${check.by}, one sample at a time, and ${digits(check.inBatch)} in a batch in xaigrid. Nothing is computed with it. ${wayOut}; if the difference remains, it is a defect in xaigrid.`,
  );
}

const ordinal = (index: number): string => ['first', 'second', 'third'][index] ?? `${index + 1}th`;
const digits = (value: number): string => String(Number(value.toPrecision(4)));
