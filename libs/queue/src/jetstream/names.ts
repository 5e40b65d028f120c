import type { Stage } from '@xaigrid/contracts';
import { XaigridError } from '@xaigrid/contracts';

/** The names of everything that belongs to one installation on NATS. */
export interface Names {
  readonly tasksStream: string;
  readonly deadLettersStream: string;
  readonly taskSubject: (stage: Stage, runId: string) => string;
  /** The subjects of a run's tasks, of all stages. */
  readonly runSubjects: (runId: string) => string;
  /** The subjects of all tasks of a stage, and of whatever else is published there. */
  readonly stageSubjects: (stage: Stage) => string;
  readonly consumer: (stage: Stage) => string;
  readonly deadLetterSubject: (stage: Stage) => string;
  readonly deadLetterSubjects: string;
  readonly eventSubject: (runId: string) => string;
  readonly eventSubjects: string;
}

/**
 * The names for a prefix.
 * @throws XaigridError `ENVIRONMENT_INVALID` if the prefix is not allowed in a subject or in the name of a stream
 */
export function namesFor(prefix = 'XAIGRID'): Names {
  if (!/^[A-Za-z0-9_-]+$/.test(prefix)) {
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      `The queue prefix ${JSON.stringify(prefix)} may only hold letters, digits, "-" and "_".`,
    );
  }
  return {
    tasksStream: `${prefix}_TASKS`,
    deadLettersStream: `${prefix}_DEAD_LETTERS`,
    taskSubject: (stage, runId) => `${prefix}.tasks.${stage}.${runId}`,
    runSubjects: (runId) => `${prefix}.tasks.*.${runId}`,
    stageSubjects: (stage) => `${prefix}.tasks.${stage}.>`,
    consumer: (stage) => stage,
    deadLetterSubject: (stage) => `${prefix}.dead-letters.${stage}`,
    deadLetterSubjects: `${prefix}.dead-letters.*`,
    eventSubject: (runId) => `${prefix}.events.${runId}`,
    eventSubjects: `${prefix}.events.*`,
  };
}
