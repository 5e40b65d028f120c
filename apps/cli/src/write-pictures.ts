import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tableAnswerSchema, XaigridError, type TableRow } from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
import { formatTable } from '@xaigrid/report';

/*
 * Writes README.md's table and pictures from a run of the demo: `npm run docs:pictures`. The run has its own store, so that all of
 * it is computed.
 */
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const pictures = ['cnn-mnist1d-keep-curves.png', 'vgg-texture-patches-chosen.png'] as const;
/** Two samples of the texture test set on which the methods differ visibly. */
const samples = [162, 56];

const begin = '<!-- demo table: written by npm run docs:pictures -->';
const end = '<!-- end of the demo table -->';

/** What the README shows of the demo: three keep fractions of the signals, and the pointing games. */
function isShown({ metric, dataset, setting }: TableRow): boolean {
  return metric === 'pointing-game' || (dataset === 'mnist1d' && [0.1, 0.3, 0.5].includes(Number(setting.keepFraction)));
}

/** The README with a new table between its marks. */
function withTable(readme: string, rows: readonly TableRow[]): string {
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new XaigridError('USAGE', `README.md has no place for the table. Put it between "${begin}" and "${end}".`);
  return `${before}${begin}\n\n\`\`\`\n${formatTable(rows.filter(isShown), 'table', { describe: describeMeasure })}\`\`\`\n\n${end}${after}`;
}

/** Runs the command as a user would; returns what it printed. */
async function xaigrid(store: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(repository, 'apps/cli/bin/xaigrid.js'), ...args, '--store', store], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new XaigridError('INTERNAL', `xaigrid ${args.join(' ')} did not succeed.`);
  return printed;
}

const folder = await mkdtemp(join(tmpdir(), 'xaigrid-pictures-'));
try {
  const store = join(folder, 'store');
  await xaigrid(store, 'run', 'examples/demo.yaml');
  const printed: unknown = JSON.parse(await xaigrid(store, 'table', 'latest', '--format', 'json'));
  const { rows } = tableAnswerSchema.parse({ rows: printed });
  const chosen = samples.flatMap((sample) => ['--sample', String(sample)]);
  await xaigrid(store, 'figures', 'latest', join(folder, 'figures'), '--format', 'png', ...chosen);
  await mkdir(join(repository, 'docs/pictures'), { recursive: true });
  for (const name of pictures) await copyFile(join(folder, 'figures', name), join(repository, 'docs/pictures', name));
  const readme = join(repository, 'README.md');
  await writeFile(readme, withTable(await readFile(readme, 'utf8'), rows));
} finally {
  await rm(folder, { recursive: true, force: true });
}
