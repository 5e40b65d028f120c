import type { TableRow } from '@xaigrid/contracts';
import type { Figure } from '../figures/figure.js';
import { keepCurves } from '../figures/keep-curves.js';
import { formatSetting } from '../table-columns.js';
import { fileName } from '../figures/file-name.js';
import { groupsOf } from './page-parts.js';

/** Curves that one page draws; a run may have thousands of evaluations. */
const MOST_FIGURES = 12;

/** Methods one figure can tell apart. */
const MOST_METHODS = 10;

/** Drop and increase rate against the keep setting: one figure for each data set, model and rest of the setting (baseline, …). */
export async function sweepFigures(rows: readonly TableRow[]): Promise<Figure[]> {
  const swept = rows.flatMap((row) =>
    row.metric !== 'drop-increase'
      ? []
      : (['keepFraction', 'keepThreshold'] as const).flatMap((key) => {
          const keep = row.setting[key];
          if (typeof keep !== 'number') return [];
          const rest = Object.fromEntries(Object.entries(row.setting).filter(([name]) => name !== key));
          // Divided rates are no rates of samples: they get a figure of their own.
          const { divisor } = row;
          return [{ row, key, keep, rest: formatSetting(divisor === undefined ? rest : { ...rest, divisor }) }];
        }),
  );
  const groups = groupsOf(swept, ({ row, key, rest }) => JSON.stringify([row.dataset, row.model, key, rest, row.scoredClass]));
  const figures: Figure[] = [];
  for (const [, group] of groups.slice(0, MOST_FIGURES)) {
    const [first] = group;
    if (first === undefined) continue;
    const axis = first.key === 'keepFraction' ? 'Keep fraction' : 'Keep threshold';
    const methods = groupsOf(group, ({ row }) => row.label).slice(0, MOST_METHODS);
    const figure = await keepCurves(
      {
        axis,
        measures: [
          { key: 'drop', title: 'Drop rate' },
          { key: 'increase', title: 'Increase rate' },
        ],
        methods: methods.map(([name, points]) => ({
          name,
          points: points.map(({ keep, row }) => ({ keep, values: row.measures })).sort((a, b) => a.keep - b.keep),
        })),
      },
      `${first.row.model} on ${first.row.dataset}${first.rest === '' ? '' : `, ${first.rest}`}: drop and increase rate against ${axis.toLowerCase()}`,
    );
    figures.push({ ...figure, name: fileName(`${first.row.model} ${first.row.dataset} keep-curves ${first.rest}`) });
  }
  return figures;
}
