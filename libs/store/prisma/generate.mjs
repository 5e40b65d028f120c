import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Generates the Prisma client into src/generated, unless it is there for this schema and this Prisma. `prisma generate` fetches the schema
 * engine although it does not use it; naming any executable in its place keeps the build off the network.
 */
const require = createRequire(import.meta.url);
const stampFile = new URL('../src/generated/.stamp', import.meta.url);
const stamp = createHash('sha256')
  .update(readFileSync(new URL('schema.prisma', import.meta.url)))
  .update(require('prisma/package.json').version)
  .digest('hex');
if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) process.exit(0);

const placeholder = ['/bin/true', '/usr/bin/true'].find((path) => existsSync(path));
const result = spawnSync(process.execPath, [require.resolve('prisma/build/index.js'), 'generate', '--no-hints'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    ...(placeholder === undefined ? {} : { PRISMA_SCHEMA_ENGINE_BINARY: placeholder }),
    ...process.env,
  },
});
if (result.error !== undefined) console.error(result.error.message);
if (result.status === 0) writeFileSync(stampFile, stamp);
process.exit(result.status ?? 1);
