import { XaigridError } from '@xaigrid/contracts';
import type { Int64 } from './schema.js';

export function unreadable(reason: string, cause?: unknown): XaigridError {
  return new XaigridError('MODEL_UNREADABLE', `The ONNX model cannot be read: ${reason}`, { cause });
}

export const integer = (value: Int64): number => Number(value.toString());
