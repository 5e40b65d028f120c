/**
 * Gives everything in this repository a new version: node infra/npm/set-version.mjs 0.2.0
 *
 * The version is that of the package.json in the root. All other places repeat it, and a test compares them: the manifests of our
 * packages, with their dependencies on each other; the lock; the Python package; and the image's tag.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const { version: old, workspaces } = JSON.parse(readFileSync(`${repository}/package.json`, 'utf8'));

/** Files that repeat the version, each with the text around it; `VERSION` stands for the version. */
export const places = [
  ...manifests().map((path) => [path, ['"version": "VERSION"']]),
  ['clients/python/src/xaigrid/version.py', ['__version__ = "VERSION"']],
  ['infra/kubernetes/base/kustomization.yaml', ['newTag: VERSION']],
  ['docs/deployment.md', ['REGISTRY/xaigrid:VERSION', 'newTag: VERSION']],
];

/** Manifests of the workspace and of all our packages. */
function manifests() {
  const groups = workspaces.filter((name) => name.endsWith('/*')).map((name) => name.slice(0, -2));
  const folders = groups.flatMap((group) => readdirSync(`${repository}/${group}`).map((name) => `${group}/${name}`));
  return ['', ...folders, ...workspaces.filter((name) => !name.endsWith('/*'))].map((folder) =>
    folder === '' ? 'package.json' : `${folder}/package.json`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const version = process.argv[2] ?? '';
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    console.error('Name the new version: node infra/npm/set-version.mjs 0.2.0');
    process.exit(2);
  }
  for (const [path, texts] of places) {
    let content = readFileSync(`${repository}/${path}`, 'utf8');
    for (const text of texts) content = content.replaceAll(text.replace('VERSION', old), text.replace('VERSION', version));
    content = content.replaceAll(new RegExp(`("@xaigrid/[^"]+": )"${old}"`, 'g'), `$1"${version}"`);
    writeFileSync(`${repository}/${path}`, content);
  }
  const lock = JSON.parse(readFileSync(`${repository}/package-lock.json`, 'utf8'));
  lock.version = version;
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path.includes('node_modules/')) continue;
    entry.version = version;
    for (const name of Object.keys(entry.dependencies ?? {}))
      if (name.startsWith('@xaigrid/')) entry.dependencies[name] = version;
  }
  writeFileSync(`${repository}/package-lock.json`, `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(`${old} → ${version}`);
}
