import { Select, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { modelQualityQuery, type ModelQuality, type RunDetails, type RunEvaluation } from '../../../api/queries.js';
import { Empty, Failed, Loading } from '../../../parts/states.js';
import { formatValue } from '../../../parts/texts.js';
import { Calibration } from './calibration.js';
import { ClassTable } from './class-table.js';
import { Confusion } from './confusion.js';
import { ClassCurves } from './class-curves.js';

const route = getRouteApi('/runs/$id');

/** How good the explained model is, from the predictions that the run stored. */
export function ModelPage({ run }: { readonly run: RunDetails }): ReactNode {
  const { by } = route.useSearch();
  const navigate = route.useNavigate();
  const subjects = subjectsOf(run);
  const asked = run.evaluations.find(({ ordinal }) => ordinal === by);
  const subject = subjects.find(({ dataset, model }) => dataset === asked?.dataset && model === asked.model) ?? subjects[0];
  if (subject === undefined) return <Empty title="No model">This run has no evaluations.</Empty>;
  return (
    <Stack>
      {subjects.length > 1 ? (
        <Select
          label="Model and data set"
          data={subjects.map(({ ordinal, model, dataset }) => ({ value: String(ordinal), label: `${model} on ${dataset}` }))}
          value={String(subject.ordinal)}
          onChange={(value) => void navigate({ search: { part: 'model', by: Number(value) }, replace: true })}
          allowDeselect={false}
          maw="24rem"
        />
      ) : null}
      <Quality key={subject.ordinal} run={run} subject={subject} />
    </Stack>
  );
}

/** The first evaluation of each model and data set that takes the most samples. */
function subjectsOf({ evaluations }: RunDetails): RunEvaluation[] {
  const found = new Map<string, RunEvaluation>();
  for (const one of evaluations) {
    const key = JSON.stringify([one.dataset, one.model]);
    const known = found.get(key);
    if (known === undefined || one.samples > known.samples) found.set(key, one);
  }
  return [...found.values()];
}

interface SubjectProps {
  readonly run: RunDetails;
  readonly subject: RunEvaluation;
}

function Quality({ run, subject }: SubjectProps): ReactNode {
  const { data, error, refetch } = useQuery(modelQualityQuery(run.id, subject.ordinal, run));
  if (data === undefined)
    return error === null ? (
      <Loading what="the model’s predictions; a million samples take some seconds" />
    ) : (
      <Failed error={error} again={() => void refetch()} />
    );
  const { quality, reason } = data;
  if (quality === undefined) return <Empty title="No numbers of this model">{reason}</Empty>;
  return (
    <Stack gap="xl">
      <section>
        <Title order={2} size="h3">
          {subject.model} on {subject.dataset}
        </Title>
        <Facts quality={quality} />
      </section>
      {quality.confusion === undefined ? null : (
        <Confusion quality={quality} confusion={quality.confusion} runId={run.id} ordinal={subject.ordinal} />
      )}
      <ClassCurves quality={quality} />
      {quality.calibration === undefined ? null : <Calibration calibration={quality.calibration} />}
      <ClassTable quality={quality} runId={run.id} ordinal={subject.ordinal} />
    </Stack>
  );
}

function Facts({ quality }: { readonly quality: ModelQuality }): ReactNode {
  const { accuracy, accuracyInterval, samples, planned, topK, macro, calibration, multiLabel, engine } = quality;
  const facts: readonly (readonly [string, string])[] = [
    [
      multiLabel === undefined ? 'Accuracy' : 'Sets predicted exactly',
      `${formatValue(accuracy)}${accuracyInterval === undefined ? '' : ` [${formatValue(accuracyInterval.low)}, ${formatValue(accuracyInterval.high)}]`}`,
    ],
    ...topK.map(({ k, accuracy: value }) => [`Top ${k}`, formatValue(value)] as const),
    ['Macro F1', formatValue(macro.f1)],
    ...(macro.rocAuc === undefined ? [] : [['Macro ROC AUC', formatValue(macro.rocAuc)] as const]),
    ...(calibration === undefined ? [] : [['Calibration error (ECE)', formatValue(calibration.expectedError)] as const]),
    ...(multiLabel === undefined ? [] : [['Wrong decisions', formatValue(multiLabel.hammingLoss)] as const]),
  ];
  return (
    <>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="sm" className="faint">
        Of {samples} stored predictions{samples < planned ? ` (${planned} are planned)` : ''}, made by {engine}. The interval is
        95 %.
        {multiLabel === undefined ? '' : ` A class counts as predicted if its output is above ${multiLabel.threshold}.`}
      </Text>
    </>
  );
}
