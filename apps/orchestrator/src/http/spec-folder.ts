import { opendir, realpath } from 'node:fs/promises';
import { join, relative, isAbsolute, resolve, sep } from 'node:path';
import { XaigridError, type FileReference } from '@xaigrid/contracts';

/** The one folder whose files may be named by specs from clients. */
export interface SpecFolder {
  /** Its real path. Names in specs are resolved against it. */
  readonly path: string;
  /** Refuses, before anything is read, paths that lead outside, directly or through a symbolic link. */
  assertInside(paths: readonly string[]): Promise<void>;
  /** Refuses files that turn out to be outside, for example weights that a model refers to. */
  assertFilesInside(files: readonly FileReference[]): Promise<void>;
}

/**
 * Opens the folder.
 * @throws ENVIRONMENT_INVALID if it does not exist.
 */
export async function openSpecFolder(path: string): Promise<SpecFolder> {
  const root = await realPathOf(resolve(path));
  if (root === undefined) {
    throw new XaigridError('ENVIRONMENT_INVALID', `XAIGRID_SPEC_ROOT is ${path}, which does not exist. Create it or correct it.`);
  }
  const assertTargetInside = async (name: string, target: string): Promise<void> => {
    const real = await realPathOf(target);
    if (!contains(root, target) || (real !== undefined && !contains(root, real))) throw outside(name);
    if (real !== undefined) await assertLinksInside(name, root, real);
  };
  return {
    path: root,
    async assertInside(paths) {
      for (const name of paths) {
        if (name === '') continue;
        if (name.includes('\0')) throw outside(JSON.stringify(name));
        await assertTargetInside(name, resolve(root, name));
      }
    },
    async assertFilesInside(files) {
      for (const { name, path: target } of files) if (target !== undefined) await assertTargetInside(name, target);
    },
  };
}

function contains(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Undefined if nothing is at the path. */
async function realPathOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/** Checks that symbolic links anywhere below a folder stay inside too, because data sets read whole folders. */
async function assertLinksInside(name: string, root: string, folder: string): Promise<void> {
  const entries = await opendir(folder, { recursive: true }).catch(() => undefined);
  if (entries === undefined) return;
  for await (const entry of entries) {
    if (!entry.isSymbolicLink()) continue;
    const target = await realPathOf(join(entry.parentPath, entry.name));
    if (target !== undefined && !contains(root, target)) throw outside(name);
  }
}

function outside(name: string): XaigridError {
  return new XaigridError(
    'SPEC_INVALID',
    `"${name}" leads outside the folder that this orchestrator reads files from. Name files relative to that folder, or use xaigrid run --server, which sends them.`,
  );
}
