import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { toXaigridError, XaigridError, XAIGRID_VERSION, type EngineBackend } from '@xaigrid/contracts';
import { engineVersions } from '@xaigrid/engine';
import type { RunControl } from '@xaigrid/control';
import { assertStoreCanBeMade } from '@xaigrid/store';
import { connectionVariables, connectQueue, defaultThreads, readEnvironment } from '@xaigrid/service';
import { fitLines } from '../fit-lines.js';
import { openControl, withControl } from '../open-control.js';
import { keepingOf } from '../store-location.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'missing' | 'off';
  readonly detail: string;
}

/** `xaigrid doctor`: checks this machine for what xaigrid needs. Exit status 1 if something necessary is missing. */
export async function doctor(terminal: Terminal, options: ControlOptions & { readonly json?: boolean }): Promise<void> {
  const findings: Finding[] = [
    { name: 'xaigrid', state: 'ok', detail: XAIGRID_VERSION },
    nodeFinding(),
    { name: 'threads', state: 'ok', detail: `${defaultThreads()}` },
    ...(await engineFindings()),
    ...(await diskFindings(options)),
    await check('store', () => storeDetail(options)),
    await natsFinding(),
  ];
  if (options.json === true) terminal.data(`${JSON.stringify(findings, undefined, 2)}\n`);
  else {
    const { width = Infinity } = terminal.tables;
    for (const { name, state, detail } of findings) {
      // Colour codes add no width: the state takes `MARK` characters, whatever its colour.
      const line = fitLines(`${name.padEnd(12)}  ${detail}`, width - MARK);
      terminal.data(`${mark(state, terminal)} ${line.replaceAll('\n', `\n${' '.repeat(MARK)}`)}\n`);
    }
  }
  if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1;
}

/** Characters of a state and the space after it. */
const MARK = 8;

function mark(state: Finding['state'], { colors }: Terminal): string {
  return { ok: colors.green('ok     '), missing: colors.red('MISSING'), off: colors.dim('off    ') }[state];
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return {
    name: 'node',
    state: enough ? 'ok' : 'missing',
    detail: `${process.version} on ${process.platform}-${process.arch}${enough ? '' : '; 20.19 or newer is needed'}`,
  };
}

/** The default engine is needed; the other is a second opinion. */
async function engineFindings(): Promise<Finding[]> {
  return (await engineVersions()).map(({ name, available, version, backend = 'cpu', problem }) => ({
    name,
    state: available ? 'ok' : name === 'onnxruntime' ? 'missing' : 'off',
    detail: available ? `${version ?? ''} on ${name === 'tensorflow' ? backends[backend] : backend}` : (problem ?? ''),
  }));
}

/** What the engine tensorflow computes with. */
const backends: Readonly<Record<EngineBackend, string>> = {
  native: "TensorFlow's own library",
  wasm: 'WebAssembly (npm run tensorflow:native builds a faster backend, docs/engines.md)',
  cpu: 'plain JavaScript, very slow (docs/engines.md)',
};

async function check(name: string, find: () => Promise<string>): Promise<Finding> {
  try {
    return { name, state: 'ok', detail: await find() };
  } catch (error) {
    const { code, message } = toXaigridError(error);
    return { name, state: 'missing', detail: `${code}: ${message}` };
  }
}

/** The disk of the runs, if it is on this machine. */
async function diskFindings(options: ControlOptions): Promise<Finding[]> {
  if (options.server !== undefined) return [];
  const keeping = await keepingOf(options).catch(() => undefined);
  // Errors of the store are reported by its own finding.
  if (keeping === undefined || 'databaseUrl' in keeping) return [];
  return [
    await check('disk', async () => `${((await freeBytes(keeping.folder)) / 1e9).toFixed(1)} GB free for ${keeping.folder}`),
  ];
}

/** Free bytes on the disk of a folder, which may not exist yet. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return freeBytes(dirname(folder));
  }
}

type Health = Pick<RunControl, 'health' | 'location'>;

const healthText = async (control: Health): Promise<string> => {
  const { postgres, databaseBytes } = await control.health();
  return `Postgres ${postgres}, ${(databaseBytes / 1e6).toFixed(1)} MB, ${control.location}`;
};

async function storeDetail(options: ControlOptions): Promise<string> {
  try {
    return await withControl(options, healthText);
  } catch (error) {
    if (!(error instanceof XaigridError) || error.code !== 'STORE_NOT_FOUND') throw error;
    const keeping = await keepingOf(options);
    if ('folder' in keeping) await assertStoreCanBeMade(keeping.folder);
    return `${await tryPostgres()} works here. ${error.message}`;
  }
}

/** If there is no store yet: tests whether one could run, in a temporary folder that is removed afterwards. */
async function tryPostgres(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-doctor-'));
  try {
    // If the process is root, Postgres runs as another user, who must be able to enter the folder.
    await chmod(folder, 0o711);
    const trial = await openControl({ store: folder, makeStore: true });
    try {
      return `Postgres ${(await trial.control.health()).postgres}`;
    } finally {
      await trial.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function natsFinding(): Promise<Finding> {
  if ((process.env.NATS_URL ?? '') === '')
    return { name: 'nats', state: 'off', detail: 'NATS_URL is not set; only a cluster needs it' };
  return check('nats', async () => {
    const queue = await connectQueue(readEnvironment(connectionVariables, ['NATS_URL']), 'xaigrid doctor');
    await queue.close();
    return 'reachable, JetStream works';
  });
}
