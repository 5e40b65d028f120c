/**
 * Receives one sentence about something that the queue noticed and repaired, or will try again. It is for logs, not for
 * decisions.
 */
export type NoticeListener = (sentence: string) => void;

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
