import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/processes.js';
import { inTerminal, openTerminal, type Shown, type TerminalSession } from '../support/terminal.js';

/*
 * Every command that the help lists, with the examples that its help and the docs give, typed into a terminal of 80 columns. One store
 * for all of it, kept up by `xaigrid store` as a user would.
 */
let folder: string;
let store: TerminalSession;
let environment: Record<string, string>;

/** Whether a command goes on until Ctrl-C. */
const goesOn = (line: string): boolean => /^xaigrid ui\b/.test(line);

/** Types Ctrl-C when the command says that this ends it. */
async function stop(session: TerminalSession): Promise<Shown> {
  await session.says('Ctrl-C');
  session.type('\u0003');
  return session.finished;
}

const typed = (
  line: string,
  options: { readonly rows?: number; readonly environment?: Record<string, string> } = {},
): Promise<Shown> =>
  inTerminal(line, { folder, ...options, environment: { ...environment, PAGER: 'cat', ...options.environment } });

async function readmeSpec(): Promise<string> {
  const readme = await readFile(`${repository}README.md`, 'utf8');
  const spec = /```yaml\n([^`]*)```/.exec(readme)?.[1];
  if (spec === undefined) throw new Error('README.md has no spec.');
  return spec;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-terminal-'));
  await mkdir(join(folder, 'bin'));
  await symlink(`${repository}apps/cli/bin/xaigrid.js`, join(folder, 'bin/xaigrid'));
  for (const name of ['models', 'examples']) await symlink(`${repository}${name}`, join(folder, name));
  await writeFile(join(folder, 'first.yaml'), await readmeSpec());
  environment = { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` };
  expect((await typed('xaigrid store init')).text).toMatch(/\.xaigrid is made/);
  store = openTerminal('xaigrid store', { folder, environment });
  await store.says('Ctrl-C stops it');
}, 120_000);

afterAll(async () => {
  store.type('\u0003');
  await store.finished;
  await rm(folder, { recursive: true, force: true });
}, 60_000);

interface Documented {
  /** `datasets list` */
  readonly name: string;
  readonly examples: readonly string[];
}

/** The commands of docs/reference.md, which is made from the program's own definitions, as their help is; apps/cli's tests hold it to that. */
async function referenced(): Promise<Documented[]> {
  const text = await readFile(`${repository}docs/reference.md`, 'utf8');
  const sections = text.split('## Commands')[1]?.split(/^## /m)[0]?.split(/^### /m).slice(1) ?? [];
  return sections.map((section) => ({
    name: /^`xaigrid ([a-z ]+?)(?: [<[].*)?`/.exec(section)?.[1] ?? section,
    examples: /```sh\n([^`]*)```/.exec(section)?.[1]?.trim().split('\n') ?? [],
  }));
}

interface Wanted {
  readonly shows: RegExp;
  readonly status?: number;
  /** What is typed when it asks. */
  readonly answer?: string;
}

/** What each example must show, in the order in which they are typed: later ones stand on earlier ones. */
const wanted: Readonly<Record<string, RegExp | Wanted>> = {
  'xaigrid init': /^xaigrid\.yaml and xaigrid\.schema\.json are written/,
  'xaigrid init study/xaigrid.yaml': /^study\/xaigrid\.yaml and/,
  'xaigrid validate xaigrid.yaml': /xaigrid\.yaml is valid: 2 evaluations/,
  'xaigrid validate xaigrid.yaml --limit 50':
    /sise: 50 of 1000 samples: a random choice that keeps classes\n +in proportion, seed 0; 5 settings/,
  'xaigrid validate xaigrid.yaml --json': /"estimate": \{\s+"passes"/,
  'xaigrid inspect models/mnist1d-cnn/model.json': /conv1d_2[^]*DeepLIFT +yes/,
  'xaigrid inspect models/texture-patches-vgg --json': /"saliencyLayers"/,
  'xaigrid datasets list': /^image-folder\n[^]*to fetch\n +hmt/m,
  'xaigrid datasets list --json': /"kinds"/,
  'xaigrid catalog': /^methods\n +sise [^]*drop-increase [^]*image-folder /m,
  'xaigrid catalog metrics': /^metrics\n +drop-increase /m,
  'xaigrid catalog sise': /^family +cam\n[^]*gradientThreshold/m,
  'xaigrid catalog methods --json': /"family": "cam"/,
  'xaigrid schema': /"additionalProperties"/,
  'xaigrid run xaigrid.yaml': /Stored as run \w+ in the embedded Postgres/,
  'xaigrid run xaigrid.yaml --limit 20 --threads 1': /0 maps computed, 40 reused/,
  'xaigrid run xaigrid.yaml --until-decided --within 0.01':
    /\d+ of 1000 samples (?:decided the pair|were taken)[^]*Stored as run/,
  'xaigrid run xaigrid.yaml --set seed=1 --dry-run': /shap-gradient: 200 maps to compute \(0 of 200 stored\)/,
  'xaigrid run xaigrid.yaml --tag sweep --note "another seed"': /Stored as run/,
  'xaigrid resume latest': { shows: /RUN_STATE: .* there is nothing to resume/, status: 2 },
  'xaigrid resume latest --failed': { shows: /RUN_STATE: .* there is nothing to resume/, status: 2 },
  'xaigrid cancel latest': { shows: /RUN_STATE: .* there is nothing to cancel/, status: 2 },
  'xaigrid edit latest --name "SISE thresholds" --tag sweep --note "thresholds of the paper"':
    /^Run \w+: SISE thresholds; tags sweep; thresholds of the paper\n$/,
  'xaigrid edit latest --untag sweep': /^Run \w+: SISE thresholds; thresholds of the paper\n$/,
  'xaigrid list': /^Run +[^]*SISE thresholds/,
  'xaigrid list --search mnist1d --state done --limit 5': /done/,
  'xaigrid show latest': /note thresholds of the paper\n[^]*evaluation 1: shap-gradient/,
  'xaigrid show latest --json': /"mapSetKey"/,
  'xaigrid table':
    /^mnist1d: 200 of 1000 samples: a random choice [^]*\ncnn on mnist1d, 200 samples; one of \d settings: keep 0\.\d[^\n]*\n {2}Drop rate ↓ +1\. [^]*In all rows: /,
  'xaigrid table latest --method sise --method shap-gradient --keep 0.3': /1\. [^]*sise +0\.\d{4}/,
  'xaigrid table latest --format markdown': /^\| Dataset \|/,
  'xaigrid compare latest --keep 0.3 --measure drop': /Difference/,
  'xaigrid compare latest --method sise --against shap-gradient': /Difference/,
  'xaigrid compare latest --test wilcoxon': /Holm p: Wilcoxon’s signed-rank test/,
  'xaigrid rank latest': /^cnn on mnist1d: 2 methods ranked by 1 metric\n/m,
  'xaigrid rank latest --agreement --format csv': /^dataset,model,metric/,
  'xaigrid rank latest --metric drop-increase --all': /^cnn on mnist1d: 2 methods ranked by 10 columns\n/m,
  'xaigrid scores latest --method sise --keep 0.3 --sort=-drop --limit 10': /sample[^]*In all rows: .*method sise/,
  'xaigrid scores latest --method sise --min drop=0.5 --max drop=0.8': /\b0\.[5-7]\d/,
  'xaigrid scores latest --sample 110 --format csv': /^dataset,model,method/,
  'xaigrid map latest --method sise --sample 110': /^sise, sample 110, label \d[^]*[▁-█]{40}/,
  'xaigrid map latest --method sise --sample 110 --npy map.npy': /^map\.npy: float32 40/,
  'xaigrid metrics latest': /How good cnn on mnist1d is/,
  'xaigrid metrics latest --format json': /"perClass"/,
  'xaigrid report latest': /xaigrid-report-\w+\.html\n$/,
  'xaigrid report latest --top 5': /xaigrid-report-\w+\.html\n$/,
  'xaigrid report latest --method sise --method shap-gradient --out two-methods.html': /two-methods\.html\n$/,
  'xaigrid ui': /http:\/\/127\.0\.0\.1:4890\n/,
  'xaigrid ui --port 8000 --no-open': /http:\/\/127\.0\.0\.1:8000\n/,
  'xaigrid figures latest': /\.png\n/,
  'xaigrid figures latest plots --format svg --sample 110': /plots\/.*\.svg\n/,
  'xaigrid export latest results': /^results: 9 files/,
  'xaigrid export latest sise-only --method sise': /^sise-only: 7 files/,
  'xaigrid export latest tables --format parquet': /^tables: 11 files/,
  'xaigrid verify results': /^sise, cnn on mnist1d: 10 maps: all equal bit by bit;/m,
  'xaigrid verify results --samples 3 --seed 1 --base .': /: 3 maps: all equal bit by bit;/,
  'xaigrid remove latest': { shows: /SISE thresholds[^]*Remove this run\?[^]*Nothing was removed/, status: 1, answer: 'n' },
  'xaigrid remove latest --yes': /Run \w+ is removed/,
  'xaigrid demo --dry-run': /maps to compute/,
  'xaigrid demo --limit 20': /texture-patches[^]*Stored as run/,
  'xaigrid gc --dry-run': /would be removed/,
  'xaigrid gc': /removed/,
  'xaigrid store where': /\.xaigrid\nof the project in .*its Postgres is running/,
  'xaigrid store where --json': /"state": "running"/,
  'xaigrid store init': /\.xaigrid is there already/,
  'xaigrid doctor': /ok +store/,
  'xaigrid environment': /DATABASE_URL[^]*Runs are kept in .*\.xaigrid/,
  'xaigrid completion bash': /complete -o filenames/,
};

/** Not here: they fetch from the network (libs/datasets tests that on a server of its own), or are what keeps the store up. */
const elsewhere = new Set(['xaigrid datasets fetch hmt', 'xaigrid datasets fetch hmt --to data/hmt', 'xaigrid store']);

describe('the examples of the help', () => {
  it('are there for every command that the help lists, and tested, every one', async () => {
    const commands = await referenced();
    const { text } = await typed('xaigrid --help');
    const listed =
      text
        .split('Commands:')[1]
        ?.match(/(?<=^ {2})[a-z]+(?= )/gm)
        ?.filter((name) => name !== 'help') ?? [];
    expect(listed.length).toBeGreaterThan(20);
    expect([...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))].toSorted()).toEqual(listed.toSorted());
    expect(commands.filter(({ examples }) => examples.length === 0)).toEqual([]);
    const all = commands.flatMap(({ examples }) => examples).filter((example) => !elsewhere.has(example));
    expect(all.toSorted()).toEqual(Object.keys(wanted).toSorted());
    expect((await typed('xaigrid map --help')).text).toContain('Examples:\n  xaigrid map latest --method sise --sample 110\n');
  });

  it.each(Object.keys(wanted))('%s', async (example) => {
    const one = wanted[example];
    const { shows, status = 0, answer }: Wanted = one instanceof RegExp ? { shows: one } : (one ?? { shows: /never/ });
    const session = openTerminal(example, { folder, environment: { ...environment, PAGER: 'cat' } });
    if (answer !== undefined) {
      await session.says('[y/N]');
      session.type(`${answer}\n`);
    }
    if (goesOn(example)) await stop(session);
    const shown = await session.finished;
    expect(shown.text).toMatch(shows);
    expect(shown.status).toBe(status);
    if (
      /^xaigrid (list|catalog|table|scores|compare|rank|metrics|show|datasets|environment|inspect|validate|doctor)\b/.test(
        example,
      ) &&
      !/--(format|json)/.test(example)
    )
      expectFits(shown);
  });
});

function expectFits({ text }: Shown): void {
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
}

/**
 * Commands in the code blocks of the docs, without those that need a cluster or the report's inputs, and without those that the help has
 * too.
 */
async function documented(): Promise<string[]> {
  const pages = ['README.md', 'docs/results.md', 'docs/report.md'];
  const texts = await Promise.all(pages.map((page) => readFile(`${repository}${page}`, 'utf8')));
  const blocks = texts.flatMap((text) => text.split(/^```.*$/m).filter((_, at) => at % 2 === 1));
  return blocks
    .flatMap((block) => block.match(/^(\$ )?(npx )?xaigrid .*$/gm) ?? [])
    .map((line) =>
      line
        .replace(/^(\$ )?(npx )?/, '')
        .replace(/\s+#.*$/, '')
        .replace(/\b(?=[a-z]*\d)[a-z0-9]{10}\b/g, 'latest'),
    )
    .filter((line) => !/http:\/\/|xaigrid init|run (?:xaigrid|first)\.yaml$/.test(line) && !(line in wanted));
}

describe('the examples of the docs', () => {
  it('work on the run that README describes', async () => {
    expect((await typed('xaigrid run first.yaml --limit 20 --store .xaigrid')).status).toBe(0);
    const examples = await documented();
    expect(examples.length).toBeGreaterThan(8);
    const failed: string[] = [];
    for (const example of examples) {
      // Each stands for itself: what an earlier one wrote is not in its way.
      for (const name of ['plots', 'results']) await rm(join(folder, name), { recursive: true, force: true });
      const { status, text } = await typed(example);
      if (status !== 0) failed.push(`${example}\n${text}`);
    }
    expect(failed).toEqual([]);
  }, 900_000);
});

describe('hints', () => {
  /** Commands that a text tells the reader to type. */
  const hintsOf = (text: string): string[] => text.match(/(?<=^ {2}|: )xaigrid .*$/gm) ?? [];

  it('of the demo all work as they are printed, also with a store of its own', async () => {
    const run = await typed('xaigrid run examples/demo.yaml --limit 2 --store "own store"');
    expect(run.status).toBe(0);
    const hints = hintsOf(run.text);
    expect(hints.map((hint) => hint.split(' ')[1])).toEqual(['table', 'compare', 'scores', 'map', 'report', 'ui']);
    const failed: string[] = [];
    for (const hint of hints) {
      expect(hint).toMatch(/ --store 'own store'$/);
      const { status, text } = await (goesOn(hint) ? stop(openTerminal(hint, { folder, environment })) : typed(hint));
      if (status !== 0) failed.push(`${hint}\n${text}`);
    }
    expect(failed).toEqual([]);
    const several = await typed(`xaigrid map latest --method sise --sample 110 --store 'own store'`);
    expect(several.text).toContain(
      'Choose one of them by:\n  --dataset mnist1d --method sise\n  --dataset texture-patches --method sise\n',
    );
    for (const choice of several.text.match(/^ {2}--.*$/gm) ?? []) {
      const { status, text } = await typed(`xaigrid map latest ${choice} --sample 0 --store 'own store'`);
      expect([status, text]).toEqual([2, expect.stringContaining('takes 2 of')]);
      const nearest = /The nearest of them is sample (\d+)/.exec(text.replace(/\s+/g, ' '))?.[1];
      expect((await typed(`xaigrid map latest ${choice} --sample ${nearest} --store 'own store'`)).status).toBe(0);
    }
  }, 900_000);
});

describe('a terminal', () => {
  it('gets colour for the best, unless NO_COLOR says no', async () => {
    expect((await typed('xaigrid table')).screen).toContain('\u001b[32m');
    expect((await typed('xaigrid table', { environment: { NO_COLOR: '1' } })).screen).not.toContain('\u001b[32m');
  });

  it('gets a pager for what is longer than it, if it wants one', async () => {
    const pager = { environment: { PAGER: 'sed s/^/paged:/' } };
    expect((await typed('xaigrid table', { ...pager, rows: 8 })).text).toMatch(/^paged:mnist1d: \d+ of 1000 samples: /);
    expect((await typed('xaigrid table', { ...pager, rows: 500 })).text).not.toContain('paged:');
    expect((await typed('xaigrid table --no-pager', { ...pager, rows: 8 })).text).not.toContain('paged:');
    expect((await typed('xaigrid table', { rows: 8, environment: { PAGER: 'no-such-pager' } })).text).toContain('cnn on mnist1d');
  });

  it('stops `xaigrid store` with Ctrl-C, and its Postgres with it', async () => {
    const own = openTerminal('xaigrid store --store stopped', { folder, environment });
    await own.says('Ctrl-C stops it');
    const port = /127\.0\.0\.1:(\d+)/.exec(own.screen())?.[1];
    own.type('\u0003');
    expect((await own.finished).status).toBe(0);
    const [pid] = (await readFile(join(folder, 'stopped/postgres/cluster/data/postmaster.pid'), 'utf8').catch(() => '')).split(
      '\n',
    );
    expect([pid, port]).toEqual(['', expect.stringMatching(/^\d+$/)]);
  });
});
