import { XaigridError } from '@xaigrid/contracts';

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** The embedded server's folder cannot be used, in words for who ran the command. */
export function folderUnwritable(folder: string, error: NodeJS.ErrnoException): XaigridError {
  return new XaigridError(
    'FOLDER_UNWRITABLE',
    `${reasonOf(folder, error)} Choose another folder, or set DATABASE_URL to a Postgres of your own.`,
    {
      cause: error,
    },
  );
}

function reasonOf(folder: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return `The database folder ${folder} belongs to another user (no permission for ${error.path ?? folder}).`;
    case 'EROFS':
      return `The database folder ${folder} is on a read-only file system.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left on the disk of the database folder ${folder}.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The database folder ${folder} cannot be made: a file of that name is in the way.`;
    case undefined:
    default:
      return `The database folder ${folder} cannot be used: ${error.message}.`;
  }
}
