import { expect, it, vi } from 'vitest';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('leadership');

/** One process's campaign: counts its terms and says whether it leads now. */
function candidate(): { readonly leads: () => boolean; readonly terms: () => number; readonly resign: () => Promise<void> } {
  const resignation = new AbortController();
  let leading = false;
  let terms = 0;
  const campaign = database.store.lead({
    signal: resignation.signal,
    onNotice: () => undefined,
    onElected: (term) =>
      new Promise((resolve) => {
        terms += 1;
        leading = true;
        const end = (): void => {
          leading = false;
          resolve();
        };
        if (term.aborted) end();
        else term.addEventListener('abort', end, { once: true });
      }),
  });
  return {
    leads: () => leading,
    terms: () => terms,
    async resign() {
      resignation.abort();
      await campaign;
    },
  };
}

const patience = { timeout: 20_000, interval: 20 };

it('goes to one at a time, and to another when the leader resigns', async () => {
  const candidates = [candidate(), candidate(), candidate()];
  const leaders = (): number => candidates.filter(({ leads }) => leads()).length;
  await vi.waitUntil(() => leaders() === 1, patience);
  const first = candidates.find(({ leads }) => leads());
  await first?.resign();
  expect(first?.leads()).toBe(false);
  await vi.waitUntil(() => leaders() === 1, patience);
  await Promise.all(candidates.map(({ resign }) => resign()));
  expect(candidates.reduce((sum, { terms }) => sum + terms(), 0)).toBe(2);
});

it('ends when Postgres ends the leader’s session, and somebody leads again', async () => {
  const candidates = [candidate(), candidate()];
  const terms = (): number => candidates.reduce((sum, one) => sum + one.terms(), 0);
  await vi.waitUntil(() => terms() === 1, patience);
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707370 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  await vi.waitUntil(() => terms() === 2 && candidates.filter(({ leads }) => leads()).length === 1, patience);
  await Promise.all(candidates.map(({ resign }) => resign()));
});

it('passes on what a leader throws, and frees the lock', async () => {
  const failing = database.store.lead({
    signal: new AbortController().signal,
    onNotice: () => undefined,
    onElected: () => Promise.reject(new Error('cannot lead')),
  });
  await expect(failing).rejects.toThrow('cannot lead');
  const next = candidate();
  await vi.waitUntil(() => next.leads(), patience);
  await next.resign();
});
