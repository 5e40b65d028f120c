import { readdir } from 'node:fs/promises';
import { makeFolder, XaigridError } from '@xaigrid/contracts';

/**
 * Makes the folder that a command writes its files to.
 * @throws FOLDER_UNWRITABLE where it cannot be made, USAGE where something is in it
 */
export async function makeNewFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('FOLDER_UNWRITABLE', `${folder} cannot be made: ${reason}. Choose a folder that can be written to.`, {
      cause: error,
    });
  }
  if ((await readdir(folder)).length > 0) throw new XaigridError('USAGE', `${folder} is not empty. Choose a new folder.`);
}
