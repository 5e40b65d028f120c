import { XaigridError, type ErrorCode, type Located } from '@xaigrid/contracts';

/** What is no mistake of the entry that was being planned. */
const ofNoEntry: readonly ErrorCode[] = ['INTERNAL', 'INTERRUPTED', 'ENGINE_UNAVAILABLE', 'ENGINE_ENDED'];

/** What goes wrong in planning an entry of the spec is said with the entry's location. */
export async function withLocation<Result>({ location }: Located, plan: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof XaigridError) || ofNoEntry.includes(error.code)) throw error;
    throw new XaigridError(error.code, `${location}: ${error.message}`, { cause: error });
  }
}
