import type { RunDetails, TableRow } from '@xaigrid/contracts';

/** One model on one data set, with all that explained it. */
export interface Subject {
  readonly dataset: string;
  readonly model: string;
  /** `cnn on mnist1d` */
  readonly title: string;
  readonly evaluations: RunDetails['evaluations'];
}

/** Pairs of model and data set in the order of the run. */
export function subjectsOf({ evaluations }: Pick<RunDetails, 'evaluations'>): Subject[] {
  const subjects = new Map<string, Subject>();
  for (const evaluation of evaluations) {
    const { dataset, model } = evaluation;
    const key = JSON.stringify([dataset, model]);
    const subject = subjects.get(key);
    subjects.set(key, {
      ...{ dataset, model, title: `${model} on ${dataset}` },
      evaluations: [...(subject?.evaluations ?? []), evaluation],
    });
  }
  return [...subjects.values()];
}

export function rowsOfSubject(rows: readonly TableRow[], { dataset, model }: Subject): TableRow[] {
  return rows.filter((row) => row.dataset === dataset && row.model === model);
}

/** Names of classes as sentences need them: a class called `3` is `class 3`. */
export function classLabel(classNames: readonly string[], index: number): string {
  const name = classNames[index] ?? String(index);
  return /^\d+$/.test(name) ? `class ${name}` : name;
}
