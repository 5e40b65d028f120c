import { QueryVariableBuilder, VariableRefresh } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { classicDashboard, type ClassicDashboard } from './classic-dashboard.js';
import { datasourceVariable, postgres, sqlQuery } from './datasources.js';

const runs = `SELECT id AS __value, name || ' · ' || id || ' · ' || state AS __text FROM run ORDER BY created_at DESC, id LIMIT 200`;

/** Intervals are 1.96 standard errors, as in the command's table of the drop rate. */
const table = `SELECT run_name AS "Run", dataset AS "Dataset", model AS "Model", label AS "Method",
  (setting ->> 'keepFraction')::float8 AS "Keep fraction", (setting ->> 'keepThreshold')::float8 AS "Keep threshold",
  setting ->> 'baseline' AS "Baseline", max(divisor) AS "Divisor",
  max(samples) AS "Samples", max(planned) AS "Planned",
  max(value) FILTER (WHERE measure = 'drop') AS "Drop rate",
  1.96 * sqrt(max(variance / nullif(samples, 0)) FILTER (WHERE measure = 'drop')) AS "±",
  max(value) FILTER (WHERE measure = 'increase') AS "Increase rate",
  max(value) FILTER (WHERE measure = 'maskedClass') AS "Collapse",
  max(degenerate) AS "Degenerate", max(value) FILTER (WHERE measure = 'ties') AS "Ties"
FROM table_row WHERE metric = 'drop-increase' AND run_id IN (\${run:sqlstring})
GROUP BY created_at, run_id, run_name, evaluation, dataset, model, label, setting_ordinal, setting
ORDER BY created_at, run_id, evaluation, setting_ordinal`;

/** The measures of all other metrics, one row per measure: the pointing games, and metrics that are added later. */
const otherMetrics = `SELECT run_name AS "Run", dataset AS "Dataset", model AS "Model", label AS "Method", metric AS "Metric",
  setting::text AS "Setting", measure AS "Measure", samples AS "Samples", value AS "Value",
  1.96 * sqrt(variance / nullif(samples, 0)) AS "±", degenerate AS "Degenerate"
FROM table_row WHERE metric <> 'drop-increase' AND run_id IN (\${run:sqlstring})
ORDER BY created_at, run_id, evaluation, metric, setting_ordinal, measure_ordinal`;

const worst = `SELECT run_name AS "Run", label AS "Method", (setting ->> 'keepFraction')::float8 AS "Keep fraction",
  sample_index AS "Sample", true_class AS "True class", predicted_class AS "Predicted class", value AS "Drop", degenerate AS "Degenerate"
FROM sample_score WHERE metric = 'drop-increase' AND measure = 'drop' AND run_id IN (\${run:sqlstring})
ORDER BY value DESC, sample_index LIMIT 100`;

const runList = `SELECT created_at AS "Created", name AS "Run", id AS "Id", state AS "State", started_at AS "Started",
  finished_at AS "Finished", error_message AS "Error"
FROM run ORDER BY created_at DESC LIMIT 100`;

/** The table of chosen runs, directly from the views that the command reads. */
export function resultsDashboard(): ClassicDashboard {
  return classicDashboard('xaigrid: results')
    .uid('xaigrid-results')
    .tags(['xaigrid', 'generated'])
    .timezone('browser')
    .withVariable(datasourceVariable(postgres, 'Postgres'))
    .withVariable(
      new QueryVariableBuilder('run')
        .label('Runs')
        .datasource(postgres)
        .query(runs)
        .multi(true)
        .refresh(VariableRefresh.OnDashboardLoad),
    )
    .withPanel(
      new TablePanel()
        .title('Drop and increase')
        .description(
          'Collapse: the largest share of one class among the predictions on masked inputs. Near 1, the rates say little about the explainer.',
        )
        .datasource(postgres)
        .height(12)
        .span(24)
        .decimals(3)
        .overrideByRegexp('Samples|Planned|Divisor|Degenerate|Ties', [{ id: 'decimals', value: 0 }])
        .overrideByRegexp('Keep .*', [{ id: 'decimals', value: 2 }])
        .withTarget(sqlQuery(table)),
    )
    .withPanel(
      new TablePanel()
        .title('Other metrics')
        .description('Among them the pointing games: beside them, regionArea is what chance gives.')
        .datasource(postgres)
        .height(8)
        .span(24)
        .decimals(3)
        .overrideByRegexp('Samples|Degenerate', [{ id: 'decimals', value: 0 }])
        .withTarget(sqlQuery(otherMetrics)),
    )
    .withPanel(
      new TablePanel()
        .title('Samples with the largest drop')
        .datasource(postgres)
        .height(10)
        .span(12)
        .withTarget(sqlQuery(worst)),
    )
    .withPanel(new TablePanel().title('Runs').datasource(postgres).height(10).span(12).withTarget(sqlQuery(runList)))
    .build();
}
