/**
 * Makes the npm package `xaigrid` from what `npm run build` built: node infra/npm/pack.mjs [FOLDER]
 *
 * The folder (by default `dist/npm`) then has `xaigrid/`, which is the content of the package, and `xaigrid-VERSION.tgz`, which
 * `npm publish` takes. Without a folder named, the Python package gets a copy. Our packages and the libraries of many small modules are bundled; all other libraries are ordinary
 * dependencies with the exact versions of package-lock.json, because they have native parts or look for their own files.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { bundleOptions, isInlined } from './bundle-options.mjs';
import { noticesOf } from './notices.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const folder = resolve(process.argv[2] ?? join(repository, 'dist', 'npm'));
const content = join(folder, 'xaigrid');

const readJson = async (path) => JSON.parse(await readFile(join(repository, path), 'utf8'));
const [root, cli, lock] = await Promise.all(['package.json', 'apps/cli/package.json', 'package-lock.json'].map(readJson));

await rm(content, { recursive: true, force: true });
await mkdir(content, { recursive: true });

/**
 * Libraries that are used if they are installed beside the package. That of TensorFlow downloads a library of 300 MB when it is
 * installed, so nobody gets it unasked.
 */
const peers = (await readJson('libs/engine/package.json')).optionalDependencies;

/** Files that packages of ours find by their package.json. In the npm package they lie in folders that it exports. */
const beside = {
  '@xaigrid/contracts/package.json': 'xaigrid/package.json',
  '@xaigrid/store/package.json': 'xaigrid/store/package.json',
  '@xaigrid/web/package.json': 'xaigrid/web/package.json',
};
await copy('libs/store/package.json', 'store/package.json');
await copy('libs/store/prisma/migrations', 'store/prisma/migrations');
await copy('apps/web/package.json', 'web/package.json');
await copy('apps/web/dist', 'web/dist');
for (const model of ['mnist1d-cnn', 'texture-patches-vgg'])
  for (const file of ['model.json', 'weights.bin', 'README.md']) await copy(`models/${model}/${file}`);
await copy('examples/demo.yaml');
await copy('apps/cli/bin/xaigrid.js', 'bin/xaigrid.js');
await copy('apps/cli/README.md', 'README.md');
await copy('LICENSE');

const { external, modules } = await writeBundle();
const dependencies = await exactDependencies();
const missing = external.filter((name) => dependencies[name] === undefined && peers[name] === undefined);
if (missing.length > 0) throw new Error(`The bundle imports ${missing.join(', ')}, which no package of ours depends on.`);

await writeFile(join(content, 'THIRD-PARTY-NOTICES.md'), await noticesOf(modules, join(repository, 'apps/web/dist/licenses.md')));
await writeFile(
  join(content, 'package.json'),
  `${JSON.stringify(
    {
      ...{ name: cli.name, version: root.version, description: root.description, license: root.license, type: 'module' },
      keywords: ['explainable-ai', 'xai', 'attribution', 'saliency', 'faithfulness', 'shap', 'grad-cam', 'onnx', 'keras'],
      // Named once the repository has a public address: npm shows it, and its provenance is checked against it.
      ...Object.fromEntries(
        ['repository', 'homepage', 'bugs'].flatMap((key) => (root[key] === undefined ? [] : [[key, root[key]]])),
      ),
      ...{ engines: root.engines, bin: cli.bin },
      exports: Object.fromEntries(
        ['package.json', 'store/package.json', 'web/package.json'].map((path) => [`./${path}`, `./${path}`]),
      ),
      files: ['bin', 'bundle', 'store', 'web', 'models', 'examples', 'THIRD-PARTY-NOTICES.md'],
      ...{ dependencies, peerDependencies: peers },
      peerDependenciesMeta: Object.fromEntries(Object.keys(peers).map((name) => [name, { optional: true }])),
    },
    undefined,
    2,
  )}\n`,
);

const packed = spawnSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
  ...{ cwd: content, encoding: 'utf8', shell: process.platform === 'win32', stdio: ['ignore', 'pipe', 'inherit'] },
});
if (packed.status !== 0) process.exit(packed.status ?? 1);
const [{ filename, size, unpackedSize }] = Object.values(JSON.parse(packed.stdout));
if (process.argv[2] === undefined) {
  // Beside the Python package, whose wheel takes it along.
  const ofPython = join(repository, 'clients/python/src/xaigrid/npm');
  await rm(ofPython, { recursive: true, force: true });
  await mkdir(ofPython);
  await cp(join(folder, filename), join(ofPython, filename));
}
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${join(folder, filename)}: ${megabytes(size)}, unpacked ${megabytes(unpackedSize)}`);

function copy(from, to = from) {
  return cp(join(repository, from), join(content, to), { recursive: true });
}

/** Bundles the command. Gives the libraries that it imports, and the files of libraries that it contains. */
async function writeBundle() {
  const bundle = await rolldown({
    ...bundleOptions(join(repository, 'apps/cli/dist/main.js')),
    plugins: [
      {
        name: 'files beside',
        transform: (code) =>
          code.includes('/package.json')
            ? Object.entries(beside).reduce((changed, [from, to]) => changed.replaceAll(`'${from}'`, `'${to}'`), code)
            : undefined,
      },
    ],
  });
  const { output } = await bundle.write({ dir: join(content, 'bundle'), format: 'esm' });
  await bundle.close();
  const chunks = output.filter(({ type }) => type === 'chunk');
  const files = new Set(chunks.map(({ fileName }) => fileName));
  const imported = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]).filter((id) => !files.has(id));
  return {
    external: [...new Set(imported.filter((id) => !id.startsWith('node:') && !builtinModules.includes(id)).map(packageOf))],
    modules: chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => id.includes('/node_modules/')),
  };
}

/** `@scope/name` of `@scope/name/path`. */
function packageOf(id) {
  return id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/');
}

/** All libraries that the command and the packages of ours below it name, but for the inlined ones, with their versions in the lock. */
async function exactDependencies() {
  const workspaces = new Map(
    Object.entries(lock.packages)
      .filter(([, entry]) => entry.link === true)
      .map(([path, { resolved }]) => [path.replace('node_modules/', ''), resolved]),
  );
  const found = {};
  const waiting = [cli.name];
  const seen = new Set(waiting);
  for (const name of waiting) {
    const place = workspaces.get(name);
    for (const dependency of Object.keys((await readJson(`${place}/package.json`)).dependencies ?? {})) {
      if (workspaces.has(dependency)) {
        if (!seen.has(dependency)) waiting.push(dependency);
        seen.add(dependency);
      } else if (!isInlined(dependency)) {
        const { version } = lock.packages[`${place}/node_modules/${dependency}`] ?? lock.packages[`node_modules/${dependency}`];
        if ((found[dependency] ?? version) !== version)
          throw new Error(`Our packages have ${dependency} in the versions ${found[dependency]} and ${version}. Give them one.`);
        found[dependency] = version;
      }
    }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a.localeCompare(b, 'en')));
}
