import { Group, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TableRow } from '@xaigrid/contracts';
import type { ReactNode } from 'react';
import { evaluationQuery, type Catalog, type RunDetails } from '../../api/queries.js';
import type { SetSearch } from '../../parts/search.js';
import { canonical, measureOf, metricOf, shortSettingText } from '../../parts/texts.js';
import type { SampleSearch } from '../../router.js';
import type { SampleOrder } from './sample-order.js';

export type SetSampleSearch = SetSearch<SampleSearch>;

/** The address without anything that leaves samples out. */
export const noFilters: Parameters<SetSampleSearch>[0] = {
  ...{ class: undefined, predicted: undefined, right: undefined, degenerate: undefined, low: undefined, high: undefined },
  ...{ minConfidence: undefined, maxConfidence: undefined, minDisagreement: undefined, maxDisagreement: undefined },
};

interface ControlsProps {
  readonly run: RunDetails;
  readonly order: SampleOrder;
  readonly rows: readonly TableRow[];
  readonly catalog: Catalog | undefined;
  readonly search: SampleSearch;
  readonly set: SetSampleSearch;
}

/** What the samples are ordered and filtered by. */
export function SampleControls({ run, order, rows, catalog, search, set }: ControlsProps): ReactNode {
  const { data: details } = useQuery(evaluationQuery(run.id, order.evaluation.ordinal));
  const own = rows.filter(({ evaluation }) => evaluation === order.evaluation.ordinal);
  const ofMetric = own.filter(({ metric }) => metric === order.metric);
  const subjects = new Set(run.evaluations.map(({ dataset, model }) => `${dataset} ${model}`)).size;
  const isByMeasure = order.measures.includes(order.sort.replace(/^-/, ''));
  const title = (name: string) => measureOf(catalog, order.metric, name)?.title ?? name;
  return (
    <Group align="end" gap="sm">
      <Select
        label="By the scores of"
        data={run.evaluations.map(({ ordinal, label, dataset, model }) => ({
          value: String(ordinal),
          label: subjects > 1 ? `${label} (${model} on ${dataset})` : label,
        }))}
        value={String(order.evaluation.ordinal)}
        onChange={(value) => set({ by: Number(value) })}
        allowDeselect={false}
        searchable
      />
      <Select
        label="Metric"
        data={[...new Set(own.map(({ metric }) => metric))].map((value) => ({
          value,
          label: metricOf(catalog, value)?.title ?? value,
        }))}
        value={order.metric}
        onChange={(metric) =>
          set({
            metric: metric ?? undefined,
            setting: undefined,
            scoredClass: undefined,
            measure: undefined,
            sort: undefined,
            low: undefined,
            high: undefined,
          })
        }
        allowDeselect={false}
      />
      {ofMetric.length > 1 ? (
        <Select
          label="Setting"
          data={settingsOf(ofMetric)}
          value={canonical(order.setting)}
          onChange={(setting) => set({ setting: setting ?? undefined })}
          allowDeselect={false}
          miw="14rem"
        />
      ) : null}
      <Select
        label="Measure"
        data={order.measures.map((value) => ({ value, label: title(value) }))}
        value={order.measure}
        onChange={(measure) =>
          set({
            measure: measure ?? undefined,
            sort: isByMeasure ? `${order.sort.startsWith('-') ? '-' : ''}${measure ?? ''}` : search.sort,
            low: undefined,
            high: undefined,
          })
        }
        allowDeselect={false}
      />
      <Select
        label="Order"
        data={[
          { value: 'sample', label: 'as in the data set' },
          { value: '-disagreement', label: 'most disagreement of methods' },
          { value: 'disagreement', label: 'least disagreement of methods' },
          { value: 'confidence', label: 'least confident predictions' },
          { value: '-confidence', label: 'most confident predictions' },
          ...order.measures.flatMap((name) => [
            { value: `-${name}`, label: `${title(name)}, highest first` },
            { value: name, label: `${title(name)}, lowest first` },
          ]),
        ]}
        value={order.sort}
        onChange={(sort) => {
          const by = (sort ?? '').replace(/^-/, '');
          const measure = order.measures.includes(by) ? by : order.measure;
          set({ sort: sort ?? undefined, measure, ...(measure === order.measure ? {} : { low: undefined, high: undefined }) });
        }}
        allowDeselect={false}
        miw="14rem"
      />
      {(['class', 'predicted'] as const).map((name) => (
        <Select
          key={name}
          label={name === 'class' ? 'Label' : 'Prediction'}
          data={(details?.classNames ?? []).map((label, value) => ({ value: String(value), label }))}
          value={search[name] === undefined ? null : String(search[name])}
          onChange={(value) => set({ [name]: value === null ? undefined : Number(value) })}
          placeholder="any"
          clearable
          searchable
          w="9rem"
        />
      ))}
      <Select
        label="Predicted"
        data={[
          { value: 'yes', label: 'right' },
          { value: 'no', label: 'wrong' },
        ]}
        value={search.right ?? null}
        onChange={(value) => set({ right: value ?? undefined })}
        placeholder="right or wrong"
        clearable
        w="9rem"
      />
      <Select
        label="Maps"
        data={[
          { value: 'no', label: 'that say something' },
          { value: 'yes', label: 'the same everywhere' },
        ]}
        value={search.degenerate ?? null}
        onChange={(value) => set({ degenerate: value ?? undefined })}
        placeholder="all"
        clearable
        w="12rem"
      />
    </Group>
  );
}

function settingsOf(rows: readonly TableRow[]): { readonly value: string; readonly label: string }[] {
  const settings = new Map(rows.map(({ setting }) => [canonical(setting), setting]));
  return [...settings].map(([value, setting]) => ({ value, label: shortSettingText(setting, [...settings.values()]) }));
}
