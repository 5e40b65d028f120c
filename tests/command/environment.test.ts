import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { variables } from '@xaigrid/service';
import { beforeAll, describe, expect, it } from 'vitest';
import { finish, repository } from '../support/processes.js';

/** Names of variables that stand in the sources of a package: quoted, or read from `process.env`. */
async function namesIn(folder: string): Promise<Set<string>> {
  const root = join(repository, folder, 'src');
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts') && !name.includes('generated'));
  const texts = await Promise.all(files.map((name) => readFile(join(root, name), 'utf8')));
  const named = /process\.env\.(\w+)|'((?:XAIGRID|NATS)_[A-Z_]+|DATABASE_URL)'|\b(?:const|let) \{ ?(\w+)[^}]*\} = process\.env/g;
  return new Set(texts.flatMap((text) => [...text.matchAll(named)].flatMap((match) => match.slice(1).filter(Boolean))));
}

/** Quoted alike, but no variables; and TensorFlow's own, which is set where nobody has. */
const others = new Set(['XAIGRID_DEAD_LETTERS', 'XAIGRID_VERSION', 'TF_CPP_MIN_LOG_LEVEL']);
const listed = (help: string): string[] => [...help.matchAll(/^ {2}([A-Z_]+) {2,}\S/gm)].map(([, name = '']) => name);

const programs = [
  ['xaigrid', ['environment'], 'apps/cli'],
  ['xaigrid-orchestrator', ['--help'], 'apps/orchestrator'],
  ['xaigrid-explainer-worker', ['--help'], 'apps/explainer-worker'],
  ['xaigrid-metrics-worker', ['--help'], 'apps/metrics-worker'],
] as const;

describe('the environment variables', () => {
  let helps: readonly (readonly string[])[];
  beforeAll(async () => {
    helps = await Promise.all(programs.map(async ([program, args]) => listed((await finish(program, args)).stdout)));
  });

  it.each(programs.map(([program, , folder], index) => ({ program, folder, index })))(
    'of $program are all listed that its sources name',
    async ({ folder, index }) => {
      const names = [...(await namesIn(folder))].filter((name) => !others.has(name));
      const needed = ['DATABASE_URL', 'NATS_URL', 'XAIGRID_LOG_LEVEL', 'XAIGRID_LOG_PRETTY', ...names];
      expect(needed.filter((name) => helps[index]?.includes(name) !== true)).toEqual([]);
    },
  );

  it('are listed by one program at least', () => {
    expect(new Set(helps.flat())).toEqual(new Set(Object.keys(variables)));
  });

  it('that a library names are described too', async () => {
    const libraries = await readdir(join(repository, 'libs'));
    const names = await Promise.all(libraries.map((name) => namesIn(join('libs', name))));
    const known = new Set([...Object.keys(variables), ...others]);
    expect(names.flatMap((found) => [...found]).filter((name) => !known.has(name))).toEqual([]);
  });
});
