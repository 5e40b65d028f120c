import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DEFAULT_ALPHA, isSystemError, LARGEST_SPEC, parseSpec, XaigridError, type Spec } from '@xaigrid/contracts';
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
  readonly untilDecided?: boolean;
  readonly within?: number;
  readonly engine?: string;
  readonly device?: string;
  readonly set: readonly string[];
}

/** Reads a spec file and changes it; `-` is standard input, its paths relative to the working folder. */
export async function readChangedSpec(file: string, changes: SpecChanges): Promise<ReadSpec> {
  const { limit: samples, engine, device, set } = changes;
  const chosen = Object.entries({ engine, device }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const read = await readSpec(file, [...set, ...chosen]);
  const spec = withUntilDecided(read.spec, changes);
  if (samples === undefined) return { ...read, spec };
  // The method of choosing samples stays as in the spec.
  const limit = { choose: 'stratified' as const, seed: spec.seed, ...spec.limit, samples };
  return { ...read, spec: { ...spec, limit } };
}

/**
 * The spec with what must be decided, by itself and by the options. If only the option asks for it, the spec's limit becomes the
 * most samples that are taken.
 * @throws USAGE for a width without anything to decide, and a limit beside it
 */
function withUntilDecided(spec: Spec, { untilDecided: isAsked, within, limit }: SpecChanges): Spec {
  if (spec.untilDecided === undefined && isAsked !== true) {
    if (within === undefined) return spec;
    throw new XaigridError('USAGE', '--within says which methods count as the same for --until-decided. Give both, or neither.');
  }
  if (limit !== undefined)
    throw new XaigridError(
      'USAGE',
      `--limit and --until-decided do not go together: the verdicts say how many samples are taken. For at most ${limit} of them use --set untilDecided.most=${limit}.`,
    );
  const width = within === undefined ? {} : { within };
  if (spec.untilDecided !== undefined) return { ...spec, untilDecided: { ...spec.untilDecided, ...width } };
  const { limit: own, ...others } = spec;
  const most = own === undefined ? {} : { most: own.samples };
  return { ...others, untilDecided: { alpha: DEFAULT_ALPHA, seed: spec.seed, ...most, ...width } };
}

/** Reads a spec file; `overrides` are `--set`. */
export async function readSpec(file: string, overrides: readonly string[]): Promise<ReadSpec> {
  const text = await readText(file);
  const spec = parseSpec({ text, source: shownAs(file), registries, environment: process.env, secretVariables, overrides });
  return { spec, text, baseFolder: file === '-' ? process.cwd() : dirname(resolve(file)) };
}

async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file).catch((error: unknown) => {
    throw new XaigridError('SPEC_UNREADABLE', whyNot(file, error), { cause: error });
  });
  const reason = whyNoText(file, bytes);
  if (reason !== undefined) throw new XaigridError('SPEC_UNREADABLE', `${shownAs(file)} ${reason}`);
  return bytes.toString('utf8');
}

/** The content of a file, of which no more is read than shows that it is too large for a spec. */
async function readBytes(file: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).byteLength;
    if (size > LARGEST_SPEC) break;
  }
  return Buffer.concat(chunks);
}

/** Completes a sentence that begins with the name of the file. Undefined for text. */
function whyNoText(file: string, bytes: Buffer): string | undefined {
  if (/\.(?:onnx|keras|h5|hdf5)$/i.test(file)) {
    const looks = `"${commandLine({}, 'inspect', file)}" shows what is in it.`;
    return `is a model by its name, not a spec. Name it in a spec, as models: { m: { path: ${file} } }. ${looks}`;
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return 'is UTF-16 text. Save the spec as UTF-8.';
  // The last character of a file that is too large may be cut.
  if (bytes.includes(0) || (bytes.byteLength <= LARGEST_SPEC && !isUtf8(bytes)))
    return 'is not UTF-8 text, so it is no spec. A spec is a YAML or JSON file.';
  return undefined;
}

const shownAs = (file: string): string => (file === '-' ? 'standard input' : file);

function whyNot(file: string, error: unknown): string {
  const { code, message } = isSystemError(error) ? error : { code: undefined, message: String(error) };
  if (code === 'ENOENT')
    return `There is no spec ${resolve(file)}. Correct the path, or write one with "${commandLine({}, 'init')}".`;
  if (code === 'EISDIR') return `${resolve(file)} is a folder. Name the spec, a YAML or JSON file in it.`;
  return `The spec ${resolve(file)} cannot be read: ${code === 'EACCES' ? 'you may not read it' : message}.`;
}
