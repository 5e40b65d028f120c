import { XaigridError, type ErrorCode } from '@xaigrid/contracts';

/** How messages name a file, which error code they carry, and how much memory the file may take. */
export interface ReadOptions {
  /** The file's name in messages. */
  readonly name: string;
  /** Default DATASET_UNREADABLE. */
  readonly code?: ErrorCode;
  /** The most bytes of one array, and of one unpacked file. Default `DEFAULT_MAX_BYTES`. */
  readonly maxBytes?: number;
}

/** 512 MiB: a process stays under 1.5 GiB even while an array of that size is converted. */
export const DEFAULT_MAX_BYTES = 512 * 1024 * 1024;

/** The error `<name> <problem>.` with the caller's code. */
export function unreadable(options: ReadOptions, problem: string, cause?: unknown): XaigridError {
  return new XaigridError(
    options.code ?? 'DATASET_UNREADABLE',
    `${options.name} ${problem}.`,
    cause === undefined ? undefined : { cause },
  );
}

/** @throws the caller's code if `bytes` is more than `options.maxBytes`. */
export function checkSize(bytes: number, options: ReadOptions): void {
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  if (bytes > maxBytes)
    throw unreadable(options, `has ${mebibytes(bytes)} MiB of data; at most ${mebibytes(maxBytes)} MiB are read at once`);
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toLocaleString('en', { maximumFractionDigits: 1 });
}

/** An error of the file system in words. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read';
  if (code === 'EISDIR') return 'is a folder, not a file';
  return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
}
