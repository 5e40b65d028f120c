import { CLAIM_MS, type Store } from '@xaigrid/store';

/** Does the work of a shard, and says all the while that it is being worked on. */
export async function whileClaimed<Result>(
  store: { readonly shards: Pick<Store['shards'], 'renewClaim'> },
  shardId: number,
  work: () => Promise<Result>,
): Promise<Result> {
  // A renewal that fails does no harm: at worst another worker does the same again.
  const renewal = setInterval(() => void store.shards.renewClaim(shardId).catch(() => undefined), CLAIM_MS / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}
