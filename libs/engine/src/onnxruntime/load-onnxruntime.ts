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
 * Loads the native library of ONNX Runtime once per thread, with telemetry off. No other file imports it.
 * @throws ENGINE_UNAVAILABLE if there is none for this platform, or if telemetry is not off.
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
