/**
 * What a worker does with a task that ends in an error. `never`: the same model, data and parameters give the same error again,
 * so the task fails at once. `attempts`: another attempt or another worker may succeed. `outage`: the error comes from Postgres
 * or NATS and not from the work, so the task goes back to the queue and no attempt is counted.
 */
export type Retry = 'never' | 'attempts' | 'outage';

/**
 * Every error that xaigrid reports on purpose. A program tests `code`, a person reads the message, a shell gets `exitStatus`, an
 * HTTP client gets `httpStatus`, a worker follows `retry` (absent: `never`).
 */
export const errorCatalogue = {
  USAGE: { exitStatus: 2, httpStatus: 400, summary: 'The command line is not understood.' },
  SPEC_UNREADABLE: { exitStatus: 2, httpStatus: 400, summary: 'The spec file cannot be read or is not YAML/JSON.' },
  SPEC_INVALID: { exitStatus: 2, httpStatus: 400, summary: 'The spec says something that xaigrid does not understand.' },
  ENVIRONMENT_INVALID: { exitStatus: 2, httpStatus: 500, summary: 'An environment variable is missing or malformed.' },
  MODEL_UNREADABLE: { exitStatus: 2, httpStatus: 422, summary: 'The model file is missing, truncated or not of a known format.' },
  MODEL_UNSUPPORTED: { exitStatus: 2, httpStatus: 422, summary: 'The model uses a layer or operation that is not supported.' },
  MODEL_MISREAD: {
    exitStatus: 2,
    httpStatus: 422,
    summary: 'The results of xaigrid for a model differ from those of its file by itself.',
  },
  MODEL_NOT_FINITE: { exitStatus: 2, httpStatus: 422, summary: 'The model has weights that are NaN or infinite.' },
  LAYER_NOT_FOUND: { exitStatus: 2, httpStatus: 422, summary: 'A layer named in the spec is not in the model.' },
  SHAPE_MISMATCH: { exitStatus: 2, httpStatus: 422, summary: 'Shapes of data set, model, maps or baseline do not fit.' },
  DATASET_UNREADABLE: { exitStatus: 2, httpStatus: 422, summary: 'A data file is missing, truncated or malformed.' },
  DOWNLOAD_FAILED: { retry: 'attempts', exitStatus: 1, httpStatus: 502, summary: 'A published data set cannot be downloaded.' },
  DATASET_CHANGED: { exitStatus: 1, httpStatus: 409, summary: 'A data set has changed since the run was planned.' },
  MODEL_CHANGED: { exitStatus: 1, httpStatus: 409, summary: 'A model has changed since the run was planned.' },
  MAPS_UNREADABLE: { exitStatus: 2, httpStatus: 422, summary: 'A file of stored maps is missing, truncated or malformed.' },
  ARTIFACT_MISSING: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 409,
    summary: 'A file that a run needs is neither on disk nor in the store.',
  },
  ARTIFACT_TOO_LARGE: { exitStatus: 2, httpStatus: 413, summary: 'A file is too large for the store.' },
  NOT_FINITE: { exitStatus: 1, httpStatus: 500, summary: 'A computed value is NaN or infinite.' },
  ENGINE_UNAVAILABLE: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 500,
    summary: 'An engine could not be loaded on this machine.',
  },
  ENGINE_FAILED: { exitStatus: 1, httpStatus: 500, summary: 'An engine failed while executing a model.' },
  ENGINE_ENDED: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 500,
    summary: 'An engine ended or ran out of memory; another engine or machine may succeed.',
  },
  ENGINE_ABSENT: { exitStatus: 1, httpStatus: 409, summary: 'This process executes no models; workers do elsewhere.' },
  ENGINE_BUSY: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 503,
    summary: 'A model did not answer in time, or too many questions to it wait.',
  },
  OPERATION_UNSUPPORTED: {
    exitStatus: 2,
    httpStatus: 422,
    summary: 'An engine cannot do the requested computation for this model.',
  },
  DATABASE_UNREACHABLE: {
    retry: 'outage',
    exitStatus: 1,
    httpStatus: 503,
    summary: 'Postgres does not answer or refuses the login.',
  },
  DATABASE_FAILED: { retry: 'attempts', exitStatus: 1, httpStatus: 500, summary: 'Postgres refused a statement.' },
  DATABASE_SCHEMA: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 503,
    summary: 'The database has a schema this version cannot use.',
  },
  QUEUE_UNREACHABLE: { retry: 'outage', exitStatus: 1, httpStatus: 503, summary: 'NATS does not answer or refuses the login.' },
  MESSAGE_INVALID: { exitStatus: 1, httpStatus: 400, summary: 'A message on the queue is not from xaigrid.' },
  VERSION_MISMATCH: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 409,
    summary: 'A worker has another version of a method or metric than the run needs, or lacks the backend of the run.',
  },
  RUN_NOT_FOUND: { exitStatus: 2, httpStatus: 404, summary: 'No stored run has this id.' },
  RUN_AMBIGUOUS: { exitStatus: 2, httpStatus: 409, summary: 'Several stored runs start with this id.' },
  RUN_STATE: { exitStatus: 2, httpStatus: 409, summary: 'The run is in a state that does not allow this.' },
  MAP_NOT_FOUND: { retry: 'attempts', exitStatus: 2, httpStatus: 404, summary: 'No map is stored for this sample and method.' },
  REGION_NOT_FOUND: { exitStatus: 2, httpStatus: 404, summary: 'The data set has no regions.' },
  STORE_NOT_FOUND: { exitStatus: 2, httpStatus: 404, summary: 'No store was found: nothing has been run yet.' },
  STORE_FOREIGN: { exitStatus: 2, httpStatus: 403, summary: "The folder's store belongs to another user." },
  FOLDER_UNWRITABLE: { retry: 'outage', exitStatus: 2, httpStatus: 500, summary: 'A folder cannot be created or written to.' },
  SERVER_UNREACHABLE: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 502,
    summary: 'The orchestrator given by --server does not answer.',
  },
  REQUEST_INVALID: { exitStatus: 2, httpStatus: 400, summary: 'An HTTP request does not have the form the API describes.' },
  ROUTE_NOT_FOUND: { exitStatus: 1, httpStatus: 404, summary: 'The orchestrator has no such route.' },
  METHOD_NOT_ALLOWED: {
    exitStatus: 1,
    httpStatus: 405,
    summary: 'The orchestrator has this path, but not with this HTTP method.',
  },
  RATE_LIMITED: { retry: 'attempts', exitStatus: 1, httpStatus: 429, summary: 'Too many requests came from one address.' },
  EXPORT_UNREADABLE: { exitStatus: 2, httpStatus: 422, summary: 'A folder is no export of a run, or a file of it is malformed.' },
  EXPORT_DAMAGED: { exitStatus: 1, httpStatus: 422, summary: 'Files of an export are not those that its manifest names.' },
  NOT_REPRODUCED: {
    exitStatus: 1,
    httpStatus: 409,
    summary: 'An export cannot be computed again: data, models or methods here are others.',
  },
  ARTIFACT_DAMAGED: { exitStatus: 1, httpStatus: 422, summary: 'An uploaded file does not have the hash that was given.' },
  UNAUTHORIZED: { exitStatus: 1, httpStatus: 401, summary: 'The bearer token is missing or wrong.' },
  FORBIDDEN: { exitStatus: 1, httpStatus: 403, summary: 'The token is one for readers, who change nothing.' },
  INTERRUPTED: { retry: 'attempts', exitStatus: 130, httpStatus: 503, summary: 'The work was interrupted; it can be resumed.' },
  SYSTEM_FAILED: {
    retry: 'attempts',
    exitStatus: 1,
    httpStatus: 500,
    summary: 'The operating system refused an operation: a file is gone, or too many files are open.',
  },
  INTERNAL: { exitStatus: 1, httpStatus: 500, summary: 'A defect in xaigrid.' },
} as const satisfies Record<string, { retry?: Retry; exitStatus: number; httpStatus: number; summary: string }>;

/** The code of an error, such as `SPEC_INVALID`. */
export type ErrorCode = keyof typeof errorCatalogue;

/** An error with a code that programs can test, and one sentence that people can act on. */
export class XaigridError extends Error {
  override readonly name = 'XaigridError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get exitStatus(): number {
    return errorCatalogue[this.code].exitStatus;
  }

  get httpStatus(): number {
    return errorCatalogue[this.code].httpStatus;
  }

  get retry(): Retry {
    return retryOf(this.code);
  }
}

/**
 * Returns `error` itself if it is a XaigridError, and otherwise wraps it: errors of the operating system as `SYSTEM_FAILED`, all
 * others as `INTERNAL`.
 */
export function toXaigridError(error: unknown): XaigridError {
  if (error instanceof XaigridError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new XaigridError(isSystemError(error) ? 'SYSTEM_FAILED' : 'INTERNAL', message, { cause: error });
}

/** Whether this is Node's error for a failed system call. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** Rebuilds an error that crossed a process or thread boundary as `{code, message}`. */
export function reviveError(plain: { code: string; message: string }): XaigridError {
  return new XaigridError(isErrorCode(plain.code) ? plain.code : 'INTERNAL', plain.message);
}

/** What a worker does with a task that ends in this error. */
export function retryOf(code: ErrorCode): Retry {
  const entry: { readonly retry?: Retry; readonly exitStatus: number } = errorCatalogue[code];
  return entry.retry ?? 'never';
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}
