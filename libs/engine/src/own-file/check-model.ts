import { reviveError, XaigridError } from '@xaigrid/contracts';
import { uniformTensor, type Tensor } from '@xaigrid/tensor';
import { startThread } from '../thread/start-thread.js';
import { holdWeightsFile } from '../weights/weights-file.js';
import type { ModelCheck, ModelCheckRequest } from './examine.js';

/** The number of random samples that check a model if none are given. */
const SAMPLES = 3;

/**
 * Checks a model against its own file, and on request its gradient against differences. It works in a separate thread: the
 * calling thread stays free, and the memory is returned afterwards.
 * @param samples `[n, ...inputShape]`; default: a few of uniform noise in [0, 1)
 * @throws the errors of the engine that the model is for; INTERRUPTED if `signal` aborts first
 */
export async function checkModel(
  { samples, ...request }: Omit<ModelCheckRequest, 'samples' | 'weights'> & { readonly samples?: Tensor },
  signal?: AbortSignal,
): Promise<ModelCheck> {
  const weights = holdWeightsFile(request.model);
  const workerData: ModelCheckRequest = {
    ...request,
    weights: weights?.file,
    samples: samples ?? uniformTensor([SAMPLES, ...request.model.input.shape]),
  };
  const worker = startThread(new URL('./check-thread.js', import.meta.url), { name: `check of ${request.path}`, workerData });
  let abort: (() => void) | undefined;
  try {
    return await new Promise<ModelCheck>((resolve, reject) => {
      abort = () => reject(new XaigridError('INTERRUPTED', 'The model was not checked: the work was interrupted.'));
      if (signal?.aborted === true) abort();
      signal?.addEventListener('abort', abort);
      worker.once('message', (answer: ThreadAnswer) => {
        if ('error' in answer) reject(reviveError(answer.error));
        else resolve(answer.check);
      });
      worker.once('error', (error: Error) => reject(ended(error.message, error)));
      worker.once('exit', (status) => reject(ended(`it exited with status ${status}`)));
    });
  } finally {
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
    await worker.terminate();
    weights?.release();
  }
}

/** The thread's only message. */
export type ThreadAnswer =
  { readonly check: ModelCheck } | { readonly error: { readonly code: string; readonly message: string } };

function ended(reason: string, cause?: Error): XaigridError {
  return new XaigridError('ENGINE_ENDED', `The thread that checked the model died: ${reason}.`, { cause });
}
