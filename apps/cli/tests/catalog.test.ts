import { readFile } from 'node:fs/promises';
import { metricCategories, methodFamilies } from '@xaigrid/contracts';
import { explainers } from '@xaigrid/explainers';
import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalog } from '../src/commands/catalog.js';
import type { Terminal } from '../src/terminal.js';

/** What the command writes to stdout, 80 columns wide. */
async function shown(what: string | undefined, json = false): Promise<string> {
  let text = '';
  const data = (part: string): void => {
    text += part;
  };
  const terminal: Terminal = {
    ...{ data, note: () => undefined, colors: createColors(false), interactive: false, ask: undefined, width: 80 },
    tables: { width: 80 },
    page(part) {
      data(part);
      return Promise.resolve();
    },
  };
  await catalog(terminal, what, { json, pager: false });
  return text;
}

const sentence = z.string().regex(/\.$/);
const entry = z.looseObject({
  name: z.string(),
  title: z.string(),
  summary: sentence,
  parameters: z.record(z.string(), z.unknown()),
});
const method = entry.extend({ source: sentence, family: z.enum(methodFamilies), needs: z.array(z.string()) });
const metric = entry.extend({
  ...{
    source: sentence,
    category: z.enum(metricCategories),
    headline: z.string(),
    definitions: z.tuple([z.literal('paper')], z.string()),
  },
  measures: z.array(z.object({ name: z.string(), direction: z.enum(['higher', 'lower']).optional() })),
});

const jsonOf = async (what?: string): Promise<unknown> => JSON.parse(await shown(what, true));

describe('xaigrid catalog', () => {
  it('lists methods, metrics and kinds of data sets within the terminal', async () => {
    const text = await shown(undefined);
    expect(text).toMatch(/^ {2}sise +SISE \(cam; needs gradients, layers\): Feature maps/m);
    expect(text).toMatch(/^ {2}random +Random \(control\): /m);
    expect(text).toMatch(/^ {2}drop-increase +Drop and increase \(faithfulness\): /m);
    expect(text).toMatch(/^ {2}csv +Table in a CSV file: /m);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('shows a part, and one entry with its parameters', async () => {
    expect(await shown('metrics')).not.toContain('sise');
    const sise = await shown('sise');
    expect(sise).toMatch(/^family {4}cam$/m);
    expect(sise).toMatch(/^source {4}Sattarzadeh et al\./m);
    expect(sise).toMatch(/^ {2}gradientThreshold +μ: /m);
    const drop = await shown('drop-increase');
    expect(drop).toMatch(/^ {2}drop +The share of the output that is lost/m);
    expect(drop).toMatch(/Lower is better\.\s+Methods\s+are\s+ranked\s+by\s+it\./);
    expect(await shown('random')).toMatch(/^needs {5}nothing of the model$[^]*^parameters\n {2}none of its own$/m);
    expect(sise.replace(/\s+/g, ' ')).toContain('(one of otsu, simple; default "otsu")');
    expect(await shown('shap-gradient')).toMatch(/^also {6}background: \{ dataset: NAME \}, name, explainedClass, grid/m);
    expect(await shown('csv')).not.toContain('\n\n\n');
  });

  it('says as JSON of every entry what it is, where it comes from and what it takes', async () => {
    expect(await jsonOf()).toEqual({
      methods: await jsonOf('methods'),
      metrics: await jsonOf('metrics'),
      datasets: await jsonOf('datasets'),
    });
    const methods = z.array(method).parse(await jsonOf('methods'));
    expect(methods.map(({ name }) => name)).toEqual(explainers.map(({ method: name }) => name));
    for (const { headline, measures } of z.array(metric).parse(await jsonOf('metrics')))
      expect(measures.find(({ name }) => name === headline)?.direction).toBeDefined();
    z.array(entry).parse(await jsonOf('datasets'));
    expect(await jsonOf('shap-kernel')).toMatchObject({ family: 'shapley', needs: ['background'] });
    expect(await jsonOf('pointing-game')).toMatchObject({ category: 'localisation', needs: ['regions'] });
  });

  it('names the section of the documentation that explains an entry', async () => {
    expect(await shown('sise')).toMatch(/^more {6}docs\/methods\.md#cam$/m);
    expect(await shown('pointing-game')).toMatch(/^more {6}docs\/metrics\.md#localisation$/m);
    const all = z.record(z.string(), z.array(z.object({ documentation: z.string() }))).parse(await jsonOf());
    const links = Object.values(all).flatMap((entries) => entries.map(({ documentation }) => documentation));
    const headings = async (file: string): Promise<string[]> =>
      (await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')).match(/(?<=^#+ ).*/gm) ?? [];
    for (const link of new Set(links)) {
      const [file = '', anchor] = link.split('#');
      const anchors = (await headings(file)).map((heading) =>
        heading
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors).toContain(anchor ?? anchors[0]);
    }
  });

  it('asks what was meant by a name that there is not', async () => {
    await expect(shown('siese')).rejects.toThrow('The catalog has no "siese". Did you mean "sise"?');
    await expect(shown('Deep SHAP')).rejects.toThrow('Did you mean shap-deep?');
  });
});
