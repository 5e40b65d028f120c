import { CLAIM_MS, type Store } from '@xaigrid/store';

/** Does the work of a shard, and renews the claim on it until the work ends. */
export async function whileClaimed<Result>(
  store: { readonly shards: Pick<Store['shards'], 'renewClaim'> },
  shardId: number,
  work: () => Promise<Result>,
): Promise<Result> {
  // A failed renewal does no harm: at worst another worker does the same work again.
  const renewal = setInterval(() => void store.shards.renewClaim(shardId).catch(() => undefined), CLAIM_MS / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}
