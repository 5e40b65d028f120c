import { XaigridError } from '@xaigrid/contracts';
import { serverLogFile } from './server-process.js';

/**
 * Why a launched server has ended, from its log.
 * @returns undefined if it only lost a race and should be tried again: for the data folder against another process, or for the
 * port
 */
export function startFailure({ folder, log }: { readonly folder: string; readonly log: string }): XaigridError | undefined {
  if (/lock file "postmaster\.pid" (already exists|is empty)|could not create any TCP\/IP sockets/.test(log)) return undefined;
  const reason = log
    .split('\n')
    .findLast((line) => /FATAL|PANIC/.test(line))
    ?.replace(/^.*?(FATAL|PANIC): +/, '');
  if (reason === undefined) return unknownFailure(folder, log.trim().split('\n').at(-1) ?? 'it says nothing');
  if (/No space left on device|Disk quota exceeded/.test(log)) {
    return new XaigridError(
      'FOLDER_UNWRITABLE',
      `There is no space left on the disk of the database folder ${folder}: ${reason}.`,
    );
  }
  if (log.includes('incompatible with server')) {
    return new XaigridError(
      'DATABASE_SCHEMA',
      `The data in ${folder} was made by another major version of Postgres. Use the xaigrid that made it, or another folder.`,
    );
  }
  return unknownFailure(folder, reason);
}

function unknownFailure(folder: string, reason: string): XaigridError {
  return new XaigridError(
    'DATABASE_UNREACHABLE',
    `The embedded Postgres in ${folder} does not start: ${reason}. Its log: ${serverLogFile(folder)}`,
  );
}
