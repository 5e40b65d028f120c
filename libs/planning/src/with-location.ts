import { XaigridError, type ErrorCode, type Located } from '@xaigrid/contracts';

/** Errors that are not mistakes in the planned entry. */
const ofNoEntry: readonly ErrorCode[] = ['INTERNAL', 'INTERRUPTED', 'ENGINE_UNAVAILABLE', 'ENGINE_ENDED'];

/** Whether the error reports a mistake in an entry of the spec. */
export function isOfEntry(error: unknown): error is XaigridError {
  return error instanceof XaigridError && !ofNoEntry.includes(error.code);
}

/** Plans an entry of the spec. Errors get the location of the entry. */
export async function withLocation<Result>({ location }: Located, plan: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await plan();
  } catch (error) {
    if (!isOfEntry(error)) throw error;
    throw new XaigridError(error.code, `${location}: ${error.message}`, { cause: error });
  }
}
