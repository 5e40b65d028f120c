import type { Device, EngineBackend, EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { ModelDescription } from '../engine.js';
import type { WeightsFile } from '../weights/weights-file.js';

/** The data that a thread is started with. */
export interface ThreadData {
  readonly model: Model;
  readonly name: EngineName;
  readonly backend?: EngineBackend | undefined;
  readonly device: Device;
  readonly threads: number;
  readonly weights?: WeightsFile | undefined;
}

/** A call of a method: of the engine (target 0), or of something that the engine made (a handle). */
export interface Call {
  readonly id: number;
  readonly target: number;
  readonly method: string;
  readonly arguments: readonly unknown[];
}

/** An engine's error as plain data. `reviveError` rebuilds it. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
}

/** The first message of a thread. */
export type Greeting =
  | {
      readonly kind: 'ready';
      readonly version: string;
      readonly backend: EngineBackend;
      readonly model: ModelDescription;
      readonly batchSize: number;
    }
  | { readonly kind: 'failed'; readonly error: PlainError };

type Reply =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  /** The result stays in the thread. `target` is the number by which to call it. */
  | { readonly kind: 'handle'; readonly id: number; readonly target: number }
  | { readonly kind: 'error'; readonly id: number; readonly error: PlainError };

export type ThreadMessage = Greeting | Reply;
