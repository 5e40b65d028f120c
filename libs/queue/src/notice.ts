/** Told in one sentence what the queue noticed and mended or will try again: for a log, not for decisions. */
export type NoticeListener = (sentence: string) => void;

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
