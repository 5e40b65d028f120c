import { XaigridError } from '@xaigrid/contracts';
import { silenceTelemetry } from './telemetry.js';

export type OnnxRuntime = typeof import('onnxruntime-node');

export interface LoadedOnnxRuntime {
  readonly ort: OnnxRuntime;
  /** `onnxruntime-node 1.30.0` */
  readonly version: string;
}

let loading: Promise<LoadedOnnxRuntime> | undefined;

/**
 * Loads ONNX Runtime's native library once a thread, silenced: the only place that imports it.
 * @throws ENGINE_UNAVAILABLE where there is none for this platform, or it would send telemetry.
 */
export function loadOnnxRuntime(): Promise<LoadedOnnxRuntime> {
  loading ??= load();
  return loading;
}

async function load(): Promise<LoadedOnnxRuntime> {
  silenceTelemetry();
  try {
    const { default: ort } = await import('onnxruntime-node');
    return { ort, version: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new XaigridError(
      'ENGINE_UNAVAILABLE',
      `The onnxruntime engine could not be loaded on ${process.platform} ${process.arch}: ${message}. Install the project's dependencies again, or use the engine tensorflow.`,
      { cause: error },
    );
  }
}
