import type { RunDetails, RunState, TableRow } from '@xaigrid/contracts';

/** An evaluation of one of the runs in a report. */
export type ReportedEvaluation = RunDetails['evaluations'][number] & {
  readonly runId: string;
  /** Its label. If several runs have that label, followed by the run: `sise (second try)`. */
  readonly name: string;
  readonly runState: RunState;
};

/** One model on one data set, with all evaluations that explained it. */
export interface Subject {
  readonly dataset: string;
  readonly model: string;
  /** For example `cnn on mnist1d`. */
  readonly title: string;
  readonly evaluations: readonly ReportedEvaluation[];
}

type Runs = readonly Pick<RunDetails, 'id' | 'name' | 'state' | 'evaluations'>[];

/**
 * The pairs of model and data set, in the order of the runs. If runs use the same names for different files, these stay separate.
 */
export function subjectsOf(runs: Runs): Subject[] {
  const subjects = new Map<string, Subject & { readonly run: string }>();
  const names = evaluationNames(runs);
  for (const { id, state, evaluations } of runs) {
    for (const evaluation of evaluations) {
      const { dataset, model, datasetFingerprint, modelFingerprint, label } = evaluation;
      const key = JSON.stringify([dataset, model, datasetFingerprint, modelFingerprint]);
      const subject = subjects.get(key);
      subjects.set(key, {
        ...{ run: subject?.run ?? id, dataset, model, title: `${model} on ${dataset}` },
        evaluations: [...(subject?.evaluations ?? []), { ...evaluation, runId: id, runState: state, name: names(id, label) }],
      });
    }
  }
  const all = [...subjects.values()];
  return all.map(({ run, ...subject }) => {
    const isAlone = all.filter(({ title }) => title === subject.title).length === 1;
    return isAlone ? subject : { ...subject, title: `${subject.title} (run ${run.slice(0, 8)})` };
  });
}

/** The names of several runs' evaluations in a report: the label, with the run's name or id if several runs have it. */
function evaluationNames(runs: Runs): (runId: string, label: string) => string {
  const having = (label: string): number =>
    runs.filter(({ evaluations }) => evaluations.some((one) => one.label === label)).length;
  const nameOf = ({ id, name }: Runs[number]): string =>
    runs.filter((run) => run.name === name).length > 1 ? `run ${id.slice(0, 8)}` : name;
  return (runId, label) => {
    const run = runs.find(({ id }) => id === runId);
    return run === undefined || having(label) < 2 ? label : `${label} (${nameOf(run)})`;
  };
}

/** The rows of a subject, with the names of their evaluations in the report. */
export function rowsOfSubject(rows: readonly TableRow[], { evaluations }: Pick<Subject, 'evaluations'>): TableRow[] {
  return rows.flatMap((row) => {
    const evaluation = evaluations.find(({ runId, ordinal }) => runId === row.runId && ordinal === row.evaluation);
    return evaluation === undefined ? [] : [{ ...row, label: evaluation.name }];
  });
}

/**
 * The name of a class in sentences: a class named `3` is `class 3`. A class that only the model knows is `class 9 of the model`:
 * of folders 0 to 9 without 5, the folder `9` is another class.
 */
export function classLabel(classNames: readonly string[], index: number): string {
  const name = classNames[index];
  if (name === undefined) return `class ${index}${classNames.length === 0 ? '' : ' of the model'}`;
  return /^\d+$/.test(name) ? `class ${name}` : name;
}
