import { XaigridError, type ComputedBy, type Device, type EngineBackend, type EngineName } from '@xaigrid/contracts';
import { assertDevice, createEngine, libraryVersions } from '@xaigrid/engine';
import type { Model } from '@xaigrid/graph';

interface EngineChosen {
  readonly engine: EngineName;
  readonly backend?: EngineBackend | undefined;
  readonly device: Device;
}

/**
 * What will execute a model. Which backend of the engine tensorflow can is only known once it was tried; workers then need the same.
 * @throws SPEC_INVALID for a backend of the other engine, ENGINE_UNAVAILABLE for one that is not here and for a device that the engine
 *   does not compute on
 */
export async function engineFor(
  model: Model,
  { engine: name, backend, device }: EngineChosen,
  signal?: AbortSignal,
): Promise<ComputedBy> {
  assertDevice(name, device);
  if (name === 'onnxruntime') {
    if (backend !== undefined)
      throw new XaigridError(
        'SPEC_INVALID',
        `backend: ${backend} is for engine: tensorflow; the engine onnxruntime has one backend.`,
      );
    const library = 'onnxruntime-node';
    return { version: libraryVersions().find((version) => version.startsWith(library)) ?? library, backend: 'cpu', device };
  }
  const engine = await createEngine({
    ...{ model, name, backend, device, threads: 1, isolate: true },
    ...(signal === undefined ? {} : { signal }),
  });
  await engine.close();
  return { version: engine.version, backend: engine.backend, device };
}

const computes: Readonly<Record<EngineBackend, string>> = {
  native: "TensorFlow's own library computes",
  wasm: 'WebAssembly computes',
  cpu: 'plain JavaScript computes, which is very slow,',
};

/** For a run on the engine tensorflow: what computes it, and what would be faster. */
export function backendNotes(
  engine: EngineName,
  models: Iterable<readonly [name: string, { readonly computedBy: ComputedBy }]>,
): string[] {
  if (engine === 'onnxruntime') return [];
  return Array.from(models, ([name, { computedBy }]) => {
    const { version, backend } = computedBy;
    const faster = backend === 'native' ? '' : ' Faster: npm run tensorflow:native, or the engine onnxruntime (docs/engines.md).';
    return `Engine tensorflow: ${computes[backend]} model "${name}" (${version}).${faster}`;
  });
}
