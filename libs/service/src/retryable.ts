import { toXaigridError, type ErrorCode } from '@xaigrid/contracts';

/** Errors that come again however often one tries: the same model, data and parameters give the same answer. */
const permanent = new Set<ErrorCode>([
  'MODEL_UNREADABLE',
  'MODEL_UNSUPPORTED',
  'MODEL_NOT_FINITE',
  'LAYER_NOT_FOUND',
  'SHAPE_MISMATCH',
  'DATASET_UNREADABLE',
  'DATASET_CHANGED',
  'MODEL_CHANGED',
  'MAPS_UNREADABLE',
  'NOT_FINITE',
  'OPERATION_UNSUPPORTED',
  'SPEC_INVALID',
  'MESSAGE_INVALID',
]);

/** What Postgres and NATS say while they are away or have no room. */
const passing = new Set<ErrorCode>(['DATABASE_UNREACHABLE', 'QUEUE_UNREACHABLE', 'FOLDER_UNWRITABLE']);

/** Whether an error tells of an outage around the work and nothing of the work itself. */
export function isPassing(error: unknown): boolean {
  return passing.has(toXaigridError(error).code);
}

/** Whether another attempt at a task may help. */
export function isRetryable(error: unknown): boolean {
  return !permanent.has(toXaigridError(error).code);
}
