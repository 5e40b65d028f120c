// `npm run zoo -- [--only resnet18,vit_b_16] [--family timm] [--old] [--keep]`: measures models as their libraries export them, and writes
// docs/zoo.md and docs/zoo-methods.md from all that was measured so far.
//   --only NAMES    these architectures, even where their results are at hand
//   --family NAME   this family
//   --old           results of other sources of xaigrid count: only what was never measured is
//   --methods       measures nothing, needs no Python, and writes docs/zoo-methods.md alone
//   --keep          files of models stay in the cache, and are used again
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { zooDocument, type FamilyResults } from './document.js';
import { families, type Family } from './families.js';
import { pythonIn, run } from '../support/python.js';
import { methodsDocument } from './methods-document.js';
import { triedMethods } from './methods.js';
import { list, make, type Listing } from './python.js';
import { architectureResult, measuredResult, type ArchitectureResult, type Measured } from './results.js';
import { keyOf } from './sources.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    family: { type: 'string' },
    old: { type: 'boolean', default: false },
    methods: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const only = options.only?.split(',');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'xaigrid-zoo');

if (!options.methods) await measure();
await writeMethods();

async function measure(): Promise<void> {
  const found: FamilyResults[] = [];
  let missed = 0;
  for (const family of families) {
    const listing = await list(await pythonIn(cache, family.python), family);
    const results = new Map<string, ArchitectureResult>();
    for (const architecture of listing.architectures) {
      const wanted = (only?.includes(architecture) ?? true) && (options.family ?? family.name) === family.name;
      const result = await resultOf(family, { listing, architecture, wanted });
      if (result !== undefined) results.set(architecture, result);
      else if (wanted) missed++;
    }
    found.push({
      family,
      versions: listing.versions,
      missing: listing.architectures.filter((name) => !results.has(name)),
      results,
    });
  }
  const path = fileURLToPath(new URL('../../docs/zoo.md', import.meta.url));
  await writeFile(path, zooDocument(found));
  process.exitCode = missed > 0 ? 1 : 0;
}

/** Of architectures on which every method of this version was tried. */
async function writeMethods(): Promise<void> {
  const tried = await Promise.all(families.map(async (family) => ({ family, results: await keptResults(family) })));
  await writeFile(fileURLToPath(new URL('../../docs/zoo-methods.md', import.meta.url)), methodsDocument(tried));
}

async function keptResults({ name }: Family): Promise<Map<string, ArchitectureResult>> {
  const folder = join(cache, 'results', name);
  const files = existsSync(folder) ? (await readdir(folder)).toSorted() : [];
  const results = await Promise.all(
    files.map(async (file): Promise<[string, ArchitectureResult]> => [
      basename(file, '.json'),
      architectureResult.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))),
    ]),
  );
  const isOfNow = ({ exports }: ArchitectureResult) =>
    triedMethods.every(({ method }) => exports.some(({ methods = [] }) => methods.some((result) => result.method === method)));
  return new Map(results.filter(([, result]) => isOfNow(result)));
}

interface Wanted {
  readonly listing: Listing;
  readonly architecture: string;
  readonly wanted: boolean;
}

/** The kept result, or a new one where it is wanted; undefined where there is none. */
async function resultOf(family: Family, { listing, architecture, wanted }: Wanted): Promise<ArchitectureResult | undefined> {
  const place = join(cache, 'results', family.name, `${architecture}.json`);
  const kept = existsSync(place) ? architectureResult.parse(JSON.parse(await readFile(place, 'utf8'))) : undefined;
  const key = await keyOf(family, listing);
  const upToDate = kept !== undefined && (options.old || kept.key === key);
  if (!wanted || (upToDate && only === undefined)) return kept;
  const started = performance.now();
  process.stdout.write(`${family.name} ${architecture}\n`);
  const measured = await measuredAnew(family, architecture);
  if (measured === undefined) return kept;
  const result = { ...measured, key, date: new Date().toISOString().slice(0, 10), versions: listing.versions };
  await mkdir(join(cache, 'results', family.name), { recursive: true });
  await writeFile(place, JSON.stringify(architectureResult.parse(result), undefined, 1));
  process.stdout.write(`  ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  return result;
}

/** Makes the files, measures them in a process of their own, and deletes them. Undefined where that failed, which it says. */
async function measuredAnew(family: Family, architecture: string): Promise<Measured | undefined> {
  const folder = join(cache, 'files', family.name, architecture);
  try {
    if (!existsSync(join(folder, 'manifest.json'))) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await make(await pythonIn(cache, family.python), { family, architecture, folder });
    }
    const program = fileURLToPath(new URL('measure-process.ts', import.meta.url));
    await run(process.execPath, [...process.execArgv, program, folder]);
    return measuredResult.parse(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')));
  } catch (error) {
    process.stdout.write(`  failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  } finally {
    if (!options.keep) await rm(folder, { recursive: true, force: true });
  }
}
