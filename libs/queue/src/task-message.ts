import { runEventSchema, taskSchema, XaigridError, type RunEvent, type Stage, type Task } from '@xaigrid/contracts';

/** A task has about 120 bytes. A message near this limit is not ours and is not parsed. */
const MAX_TASK_BYTES = 16_384;

/** The text of one token of a NATS subject, without special characters. */
const SUBJECT_TOKEN = /^[A-Za-z0-9_-]+$/;

/**
 * Checks a task.
 * @returns a copy of the task
 * @throws XaigridError `MESSAGE_INVALID` if it does not fit its schema or cannot be addressed.
 */
export function checkedTask(task: Task): Task {
  const parsed = taskSchema.safeParse(task);
  if (!parsed.success) throw notATask(`Not a task: ${firstIssue(parsed.error)}.`);
  assertSubjectToken(parsed.data.runId);
  return parsed.data;
}

/** @throws XaigridError `MESSAGE_INVALID` if a run id contains anything but letters, digits, `-` and `_`. */
export function assertSubjectToken(runId: string): void {
  if (!SUBJECT_TOKEN.test(runId)) {
    throw notATask(`The run id ${JSON.stringify(runId)} may only hold letters, digits, "-" and "_".`);
  }
}

export function encodeTask(task: Task): string {
  return JSON.stringify(task);
}

/**
 * Parses a message from the queue of `stage`.
 * @throws XaigridError `MESSAGE_INVALID`, saying what is wrong.
 */
export function decodeTask(payload: Uint8Array, stage: Stage): Task {
  if (payload.byteLength > MAX_TASK_BYTES) {
    throw notATask(`A message of ${payload.byteLength} bytes is not a task; tasks have at most ${MAX_TASK_BYTES}.`);
  }
  const parsed = taskSchema.safeParse(parseJson(payload));
  if (!parsed.success) throw notATask(`A message is not a task this version understands: ${firstIssue(parsed.error)}.`);
  if (parsed.data.stage !== stage) throw notATask(`A task of stage "${parsed.data.stage}" is on the queue of stage "${stage}".`);
  return parsed.data;
}

/**
 * Parses a message from the subject of events.
 * @throws XaigridError `MESSAGE_INVALID`, saying what is wrong.
 */
export function decodeEvent(payload: Uint8Array): RunEvent {
  if (payload.byteLength > MAX_TASK_BYTES) {
    throw notATask(`A message of ${payload.byteLength} bytes is not an event; events have at most ${MAX_TASK_BYTES}.`);
  }
  const parsed = runEventSchema.safeParse(parseJson(payload));
  if (!parsed.success) throw notATask(`A message is not an event this version understands: ${firstIssue(parsed.error)}.`);
  return parsed.data;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new XaigridError('MESSAGE_INVALID', 'A message is not JSON in UTF-8.', { cause });
  }
}

function firstIssue(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'unknown reason';
  const where = issue.path.map(String).join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}

function notATask(message: string): XaigridError {
  return new XaigridError('MESSAGE_INVALID', message);
}
