import { isErrorCode, retryOf } from '@xaigrid/contracts';

/** How often a shard that failed was tried; of an error that would come again, that it was not tried again. */
export function attemptsPhrase({ attempts, code }: { readonly attempts: number; readonly code: string }): string {
  const tried = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return isErrorCode(code) && retryOf(code) === 'never' ? `${tried}, another would fail in the same way` : tried;
}
