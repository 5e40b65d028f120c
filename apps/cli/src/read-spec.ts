import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isSystemError, parseSpec, XaigridError, type Spec } from '@xaigrid/contracts';
import { registries } from '@xaigrid/planning';
import { secretVariables } from '@xaigrid/service';
import { commandLine } from './hints.js';

export interface ReadSpec {
  readonly spec: Spec;
  readonly text: string;
  /** Paths in the spec are relative to the folder the spec is in. */
  readonly baseFolder: string;
}

/** What options of a command change of a spec. */
export interface SpecChanges {
  readonly limit?: number;
  readonly engine?: string;
  readonly device?: string;
  readonly set: readonly string[];
}

/** Reads a spec file and changes it; `-` is standard input, its paths relative to the working folder. */
export async function readChangedSpec(file: string, { limit: samples, engine, device, set }: SpecChanges): Promise<ReadSpec> {
  const chosen = Object.entries({ engine, device }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const read = await readSpec(file, [...set, ...chosen]);
  if (samples === undefined) return read;
  // The method of choosing samples stays as in the spec.
  const limit = { choose: 'stratified' as const, seed: read.spec.seed, ...read.spec.limit, samples };
  return { ...read, spec: { ...read.spec, limit } };
}

async function readSpec(file: string, overrides: readonly string[]): Promise<ReadSpec> {
  const text = await readText(file);
  const source = file === '-' ? 'standard input' : file;
  const spec = parseSpec({ text, source, registries, environment: process.env, secretVariables, overrides });
  return { spec, text, baseFolder: file === '-' ? process.cwd() : dirname(resolve(file)) };
}

async function readText(file: string): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8');
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw new XaigridError('SPEC_UNREADABLE', whyNot(file, error), { cause: error });
  }
}

function whyNot(file: string, error: unknown): string {
  const { code, message } = isSystemError(error) ? error : { code: undefined, message: String(error) };
  if (code === 'ENOENT')
    return `There is no spec ${resolve(file)}. Correct the path, or write one with "${commandLine({}, 'init')}".`;
  if (code === 'EISDIR') return `${resolve(file)} is a folder. Name the spec, a YAML or JSON file in it.`;
  return `The spec ${resolve(file)} cannot be read: ${code === 'EACCES' ? 'you may not read it' : message}.`;
}
