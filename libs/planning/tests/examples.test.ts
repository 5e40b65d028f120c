import { readdirSync, readFileSync } from 'node:fs';
import { parseSpec } from '@xaigrid/contracts';
import { registries } from '../src/registries.js';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../../examples/', import.meta.url);
const parse = (name: string) =>
  parseSpec({
    ...{ text: readFileSync(new URL(name, folder), 'utf8'), source: name, registries },
    environment: { REPORT_INPUTS: '/report-inputs' },
  });

describe('examples', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s is a spec that xaigrid understands', (name) => {
    expect(parse(name).evaluations.length).toBeGreaterThan(0);
  });

  it('report-table2.yaml says what the report did, beside what it should have done', () => {
    const rows = parse('report-table2.yaml').evaluations.flatMap(({ dataset, explainers, metrics }) =>
      explainers.flatMap(({ label, explainedClass }) =>
        metrics.map(({ params }) => [dataset, label, explainedClass, JSON.stringify(params)].join(' ')),
      ),
    );
    const zero = '"baseline":"zero","ties":"left-out"';
    expect(rows).toEqual([
      `mnist1d SISE predicted {"keepFractions":[0.3],${zero}}`,
      `mnist1d SHAP as reported label {"keepFractions":[0.3],${zero}}`,
      `mnist1d SHAP corrected predicted {"keepFractions":[0.3],${zero}}`,
      `hmt SISE predicted {"keepFractions":[0.9],${zero},"divisor":1000}`,
      `hmt SISE predicted {"keepFractions":[0.9],${zero}}`,
      `hmt SHAP as reported 0 {"keepFractions":[0.1],${zero},"divisor":1000}`,
      `hmt SHAP as reported 0 {"keepFractions":[0.1,0.9],${zero}}`,
      `hmt SHAP corrected predicted {"keepFractions":[0.9],${zero}}`,
    ]);
  });
});
