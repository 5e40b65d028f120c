import { XaigridError } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';

interface Explained {
  readonly inputs: Tensor;
  /** The explained class, one per sample. */
  readonly classes: Int32Array<ArrayBuffer>;
}

/**
 * Runs `explain`. If a map is not finite, the error also names the layer that causes it, if evaluating the samples shows that
 * layer.
 */
export async function namingNotFinite<Answer>(
  engine: Engine,
  request: Explained,
  explain: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await explain();
  } catch (error) {
    if (!(error instanceof XaigridError) || error.code !== 'NOT_FINITE') throw error;
    throw new XaigridError('NOT_FINITE', `${error.message}${await whereNotFinite(engine, request)}`, { cause: error });
  }
}

/** A sentence that names the first layer whose value or gradient is not finite; empty if none is found. */
export async function whereNotFinite(engine: Engine, request: Explained): Promise<string> {
  const found = await engine.findNotFinite(request);
  if (found === undefined) return '';
  const what = found.of === 'value' ? 'value' : 'gradient';
  return ` The first ${what} that is not finite is that of layer "${found.node}" (${found.operator}).`;
}
