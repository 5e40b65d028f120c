import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { makeFolder, toXaigridError, XAIGRID_VERSION } from '@xaigrid/contracts';
import { engineVersions } from '@xaigrid/engine';
import { connectionVariables, connectQueue, defaultThreads, readEnvironment } from '@xaigrid/service';
import { withControl, type ControlOptions } from '../open-control.js';
import type { Terminal } from '../terminal.js';

interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'missing' | 'off';
  readonly detail: string;
}

/** `xaigrid doctor`: what this machine has of what xaigrid needs. Exit status 1 when something needed is missing. */
export async function doctor(terminal: Terminal, options: ControlOptions & { readonly json?: boolean }): Promise<void> {
  const findings: Finding[] = [
    { name: 'xaigrid', state: 'ok', detail: XAIGRID_VERSION },
    nodeFinding(),
    { name: 'threads', state: 'ok', detail: `${defaultThreads()}` },
    ...(await engineFindings()),
    await check('disk', () => diskDetail(options.store)),
    await check('store', () => withControl(options, storeDetail)),
    await natsFinding(),
  ];
  if (options.json === true) terminal.data(`${JSON.stringify(findings, undefined, 2)}\n`);
  else for (const { name, state, detail } of findings) terminal.data(`${mark(state, terminal)} ${name.padEnd(12)} ${detail}\n`);
  if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1;
}

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
  return (await engineVersions()).map(({ name, available, version, backend, problem }) => ({
    name,
    state: available ? 'ok' : name === 'onnxruntime' ? 'missing' : 'off',
    detail: available ? `${version ?? ''} on ${backend ?? ''}` : (problem ?? ''),
  }));
}

async function check(name: string, find: () => Promise<string>): Promise<Finding> {
  try {
    return { name, state: 'ok', detail: await find() };
  } catch (error) {
    const { code, message } = toXaigridError(error);
    return { name, state: 'missing', detail: `${code}: ${message}` };
  }
}

async function diskDetail(store: string): Promise<string> {
  const folder = resolve(store);
  await makeFolder(folder);
  const { bavail, bsize } = await statfs(folder);
  return `${((bavail * bsize) / 1e9).toFixed(1)} GB free at ${folder}`;
}

async function storeDetail(control: {
  readonly place: string;
  health(): Promise<{ postgres: string; databaseBytes: number }>;
}): Promise<string> {
  const { postgres, databaseBytes } = await control.health();
  return `Postgres ${postgres}, ${(databaseBytes / 1e6).toFixed(1)} MB, ${control.place}`;
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
