/**
 * Makes a release of the version that package.json in the root names: npm run release -- [--dry-run] [--to FOLDER]
 *
 * The folder (by default `dist/release`) then has the npm package, the Python wheel and source distribution, a bill of materials of
 * the npm package (CycloneDX), the version's part of the changelog, and the SHA-256 of all of them. The same commit gives the same
 * bytes. The changelog then has the day, and a commit and a tag are made; `--dry-run` leaves the tree as it is. Nothing is sent
 * anywhere: the commands that publish are printed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { places } from './set-version.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** What builds the Python package; its own build system is pinned in its pyproject.toml. */
const BUILD = 'build==1.6.1';

const { dryRun, to } = givenOptions();
const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
const changelog = await readFile(join(repository, 'CHANGELOG.md'), 'utf8');
const notes = notesOf(version);
await assertReleasable();

const committed = said('git', ['log', '-1', '--format=%ct']);
const folder = await emptyFolder();
const work = await mkdtemp(join(tmpdir(), 'xaigrid-release-'));
try {
  said(process.execPath, [join(repository, 'infra', 'npm', 'pack.mjs'), work]);
  const tarball = `xaigrid-${version}.tgz`;
  await cp(join(work, tarball), join(folder, tarball));
  await buildPythonPackage(tarball);
} finally {
  await rm(work, { recursive: true, force: true });
}
await writeFile(join(folder, `xaigrid-${version}.cdx.json`), billOfMaterials());
await writeFile(join(folder, `xaigrid-${version}.md`), notes);
const names = (await readdir(folder)).toSorted();
const sums = await Promise.all(names.map(async (name) => `${await sha256Of(join(folder, name))}  ${name}\n`));
await writeFile(join(folder, 'SHA256SUMS'), sums.join(''));
console.log(sums.join(''));

if (dryRun) console.log(`Dry run: ${folder} has what would be released as ${version}; nothing in the repository changed.`);
else await commitRelease();

function givenOptions() {
  try {
    const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false }, to: { type: 'string' } } });
    return { dryRun: values['dry-run'], to: values.to };
  } catch (error) {
    fail(`${error.message} Usage: npm run release -- [--dry-run] [--to FOLDER]`, 2);
  }
}

/** Where the files come. A folder that was named is not emptied. */
async function emptyFolder() {
  const folder = resolve(to ?? join(repository, 'dist', 'release'));
  if (to === undefined) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) fail(`${folder} is not empty. Name another folder with --to.`);
  return folder;
}

/** The part of the changelog under `## VERSION (unreleased)`. */
function notesOf(version) {
  const [, part] = changelog.split(`\n## ${version} (unreleased)\n`);
  const text = part?.split(/^## /m)[0]?.trim() ?? '';
  if (text !== '') return `${text}\n`;
  fail(
    part === undefined
      ? `CHANGELOG.md has no "## ${version} (unreleased)". Is ${version} released already? infra/npm/set-version.mjs gives the next version.`
      : `CHANGELOG.md says nothing under "## ${version} (unreleased)". Write down what changed.`,
  );
}

/** Every place names the version, and what is released is what is committed. */
async function assertReleasable() {
  for (const [path, texts] of places) {
    const content = await readFile(join(repository, path), 'utf8');
    const missing = texts.map((text) => text.replace('VERSION', version)).find((text) => !content.includes(text));
    if (missing !== undefined) fail(`${path} has no ${missing}: run node infra/npm/set-version.mjs ${version}.`);
  }
  if (dryRun) return;
  if (said('git', ['status', '--porcelain']) !== '')
    fail('There are changes that are not committed. Commit them or put them aside.');
  if (said('git', ['tag', '--list', `v${version}`]) !== '') fail(`There is a tag v${version} already. Give the next version.`);
}

/** Wheel and source distribution, which take the npm package along. */
async function buildPythonPackage(tarball) {
  const source = join(work, 'python');
  const filter = (path) => !/[\\/](npm|tests|__pycache__)$/.test(path);
  await cp(join(repository, 'clients', 'python'), source, { recursive: true, filter });
  await mkdir(join(source, 'src', 'xaigrid', 'npm'));
  await cp(join(work, tarball), join(source, 'src', 'xaigrid', 'npm', tarball));
  said('python3', ['-m', 'venv', join(work, 'venv')]);
  const python = join(work, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  said(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', BUILD]);
  said(python, ['-m', 'build', '--outdir', folder, source], { SOURCE_DATE_EPOCH: committed });
}

/**
 * The libraries of the command and of its parts, with their versions and licences, and what they are built with: with `--omit dev`
 * npm leaves out libraries that the workspace needs for developing and the command for working, such as fastify.
 */
function billOfMaterials() {
  const format = ['--sbom-format', 'cyclonedx', '--package-lock-only', '--workspace', 'xaigrid'];
  const bill = JSON.parse(said('npm', ['sbom', ...format]));
  // Of the commit, and not of the moment.
  const id = createHash('sha256')
    .update(said('git', ['rev-parse', 'HEAD']))
    .digest('hex');
  bill.serialNumber = `urn:uuid:${id.slice(0, 8)}-${id.slice(8, 12)}-8${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`;
  bill.metadata.timestamp = new Date(1000 * Number(committed)).toISOString();
  bill.metadata.component.name = 'xaigrid';
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

async function sha256Of(path) {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function commitRelease() {
  const day = new Date().toISOString().slice(0, 10);
  const dated = changelog.replace(`## ${version} (unreleased)`, `## ${version} (${day})`);
  await writeFile(join(repository, 'CHANGELOG.md'), dated);
  said('git', ['commit', '--quiet', '--message', `release: ${version}`, 'CHANGELOG.md']);
  said('git', ['tag', '--annotate', `v${version}`, '--message', `xaigrid ${version}\n\n${notes}`]);
  console.log(`Version ${version} is committed and tagged. To publish it:
  git push --follow-tags
  npm publish ${join(folder, `xaigrid-${version}.tgz`)}
  twine upload ${join(folder, '*.whl')} ${join(folder, '*.tar.gz')}`);
}

/** What a program says, without spaces around it. */
function said(program, args, more = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...{ cwd: repository, encoding: 'utf8', maxBuffer: 2 ** 28, shell: process.platform === 'win32' && program === 'npm' },
    env: { ...process.env, ...more },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`);
  return stdout.trim();
}

function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}
