import { StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimePanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { classicDashboard, type ClassicDashboard } from './classic-dashboard.js';
import { datasourceVariable, postgres, prometheus, promInstant, promQuery, sqlQuery } from './datasources.js';

const samplesScored = `SELECT $__timeGroupAlias(scored_at, '1m'), sum(sample_end - sample_start) AS "samples scored"
FROM shard WHERE $__timeFilter(scored_at) GROUP BY 1 ORDER BY 1`;

const shardsByWorker = `SELECT s.worker AS "Worker", count(*) AS "Shards",
  count(*) FILTER (WHERE s.state = 'failed') AS "Failed", greatest(max(s.explained_at), max(s.scored_at)) AS "Last done"
FROM shard s JOIN run r ON r.id = s.run_id
WHERE r.state = 'running' AND s.worker IS NOT NULL GROUP BY s.worker ORDER BY s.worker`;

const failedShards = `SELECT s.failed_at AS "Time", o.run_name AS "Run", o.label AS "Method", s.sample_start AS "First sample",
  s.sample_end - 1 AS "Last sample", s.failed_stage AS "Stage", s.error_code AS "Code", s.error_message AS "Message"
FROM shard s JOIN evaluation_overview o ON o.evaluation_id = s.evaluation_id
WHERE s.state = 'failed' AND $__timeFilter(s.failed_at) ORDER BY s.failed_at DESC LIMIT 100`;

/** The share of work done. Every orchestrator reads the same numbers from the store. */
const workDone = `max(xaigrid_work_megaflop{state="done"}) / sum(max by (state) (xaigrid_work_megaflop))`;
const timeLeft = `max(xaigrid_work_megaflop{state="open"}) / max(rate(xaigrid_work_computed_megaflop_total[5m]))`;

/** The dashboard of the cluster: what waits, what moves, what failed, and the load of the orchestrator. */
export function clusterDashboard(): ClassicDashboard {
  return classicDashboard('xaigrid: cluster')
    .uid('xaigrid-cluster')
    .tags(['xaigrid', 'generated'])
    .timezone('browser')
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .withVariable(datasourceVariable(prometheus, 'Prometheus'))
    .withVariable(datasourceVariable(postgres, 'Postgres'))
    .withRow(new RowBuilder('Work'))
    .withPanel(
      new StatPanel()
        .title('Runs by state')
        .datasource(prometheus)
        .span(6)
        .withTarget(promInstant('sum by (state) (xaigrid_runs) > 0', '{{state}}')),
    )
    .withPanel(
      new TimePanel()
        .title('Shards of runs under way')
        .datasource(prometheus)
        .span(9)
        .fillOpacity(40)
        .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
        .withTarget(promQuery('sum by (state) (xaigrid_shards)', '{{state}}')),
    )
    .withPanel(
      new TimePanel()
        .title('Tasks on the queue')
        .description('Waiting explain tasks want explainer workers, waiting score tasks metrics workers.')
        .datasource(prometheus)
        .span(9)
        .withTarget(promQuery('sum by (stage, state) (xaigrid_queue_tasks)', '{{stage}} {{state}}')),
    )
    .withPanel(
      new TimePanel()
        .title('Work done of runs under way')
        .description('By cost, both stages. It falls when a run begins, and when one ends.')
        .datasource(prometheus)
        .span(12)
        .unit('percentunit')
        .min(0)
        .max(1)
        .withTarget(promQuery(workDone, 'done')),
    )
    .withPanel(
      new TimePanel()
        .title('Time left for all runs under way')
        .description('What is open, at the pace at which work was computed in the last five minutes.')
        .datasource(prometheus)
        .span(12)
        .unit('s')
        .withTarget(promQuery(timeLeft, 'time left')),
    )
    .withPanel(
      new TimePanel()
        .title('Samples scored a minute')
        .datasource(postgres)
        .span(12)
        .withTarget(sqlQuery(samplesScored, 'time_series')),
    )
    .withPanel(
      new TablePanel()
        .title('Shards by worker, runs under way')
        .datasource(postgres)
        .span(12)
        .withTarget(sqlQuery(shardsByWorker)),
    )
    .withPanel(new TablePanel().title('Failed shards').datasource(postgres).span(24).withTarget(sqlQuery(failedShards)))
    .withRow(new RowBuilder('Orchestrator'))
    .withPanel(
      new TimePanel()
        .title('Requests by status')
        .datasource(prometheus)
        .span(8)
        .unit('reqps')
        .withTarget(
          promQuery('sum by (status) (rate(xaigrid_http_request_duration_seconds_count[$__rate_interval]))', '{{status}}'),
        ),
    )
    .withPanel(
      new TimePanel()
        .title('95 % of answers within')
        .datasource(prometheus)
        .span(8)
        .unit('s')
        .withTarget(
          promQuery(
            'histogram_quantile(0.95, sum by (le, route) (rate(xaigrid_http_request_duration_seconds_bucket[$__rate_interval])))',
            '{{route}}',
          ),
        ),
    )
    .withPanel(
      new TimePanel()
        .title('Event loop lag, 99th percentile')
        .datasource(prometheus)
        .span(8)
        .unit('s')
        .withTarget(promQuery('nodejs_eventloop_lag_p99_seconds and on (instance) xaigrid_runs', '{{instance}}')),
    )
    .withPanel(
      new TimePanel()
        .title('Processor time')
        .datasource(prometheus)
        .span(12)
        .unit('percentunit')
        .withTarget(
          promQuery('rate(process_cpu_seconds_total[$__rate_interval]) and on (instance) xaigrid_runs', '{{instance}}'),
        ),
    )
    .withPanel(
      new TimePanel()
        .title('Memory')
        .datasource(prometheus)
        .span(12)
        .unit('bytes')
        .withTarget(promQuery('process_resident_memory_bytes and on (instance) xaigrid_runs', '{{instance}}')),
    )
    .build();
}
