import { XaigridError } from '@xaigrid/contracts';

/** The error for a folder that the embedded server cannot use, in words for the user of the command. */
export function folderUnwritable(folder: string, error: NodeJS.ErrnoException): XaigridError {
  return new XaigridError(
    'FOLDER_UNWRITABLE',
    `${reasonOf(folder, error)} Choose another folder (--store), or set DATABASE_URL to a Postgres of your own.`,
    {
      cause: error,
    },
  );
}

function reasonOf(folder: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return `The database folder ${folder} cannot be used: no permission for ${error.path ?? folder}, which may belong to another user.`;
    case 'EROFS':
      return `The database folder ${folder} is on a read-only file system.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `There is no space left on the disk of the database folder ${folder}.`;
    case 'ENAMETOOLONG':
      return `The name of the database folder ${folder} is too long.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The database folder ${folder} cannot be made: a file of that name is in the way.`;
    case undefined:
    default:
      return `The database folder ${folder} cannot be used: ${error.message}.`;
  }
}
