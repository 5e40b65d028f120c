import { XaigridError } from '../errors.js';

/** Parts of a TF.js model.json, which is JSON too. */
const partsOfModels = ['modelTopology', 'weightsManifest'];

/**
 * Refuses data that cannot be a spec before any schema sees it: nothing, no object, or a model.
 * @throws SPEC_INVALID
 */
export function refuseOtherData(data: unknown, source: string): void {
  if (data === null || data === undefined) throw notASpec(`${source} is empty. ${WAY_OUT}`);
  if (typeof data !== 'object' || Array.isArray(data)) {
    const found = Array.isArray(data)
      ? 'a list'
      : typeof data === 'string'
        ? 'text without keys'
        : `only ${JSON.stringify(data)}`;
    throw notASpec(`${source} is not a spec: it contains ${found}. ${WAY_OUT}`);
  }
  if (partsOfModels.every((key) => Object.hasOwn(data, key)))
    throw notASpec(
      `${source} is a TF.js model, not a spec. Name it in a spec, as models: { m: { path: … } }. "xaigrid inspect" shows what is in it.`,
    );
}

const WAY_OUT = 'A spec has the keys name, datasets, models and evaluations; "xaigrid init" writes one.';

function notASpec(message: string): XaigridError {
  return new XaigridError('SPEC_INVALID', message);
}
