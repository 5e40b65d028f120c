import type { Stage } from '@xaigrid/contracts';
import { XaigridError } from '@xaigrid/contracts';

/** How everything of one installation is called on NATS. */
export interface Names {
  readonly tasksStream: string;
  readonly deadLettersStream: string;
  readonly taskSubject: (stage: Stage, runId: string) => string;
  /** The tasks of a run, of all stages. */
  readonly runSubjects: (runId: string) => string;
  /** All tasks of a stage, and whatever else somebody puts there. */
  readonly stageSubjects: (stage: Stage) => string;
  readonly consumer: (stage: Stage) => string;
  readonly deadLetterSubject: (stage: Stage) => string;
  readonly deadLetterSubjects: string;
  readonly eventSubject: (runId: string) => string;
  readonly eventSubjects: string;
}

/** @throws XaigridError `ENVIRONMENT_INVALID` when the prefix cannot stand in a subject or a stream's name */
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
