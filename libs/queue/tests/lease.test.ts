import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepLease } from '../src/jetstream/lease.js';

// Fake timers and clock: what counts here is when words are sent relative to the lease.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const answer = (): Promise<void> => Promise.resolve();
const silence = (): Promise<void> => Promise.reject(new Error('timeout'));

it('says that the work goes on every third of the lease, and is never lost while that is confirmed', async () => {
  const sayWorking = vi.fn(answer);
  const lease = keepLease({ ackWaitMs: 900, sayWorking });
  await vi.advanceTimersByTimeAsync(9_000);
  expect(sayWorking).toHaveBeenCalledTimes(30);
  expect(sayWorking).toHaveBeenCalledWith(300);
  expect(lease.lost()).toBe(false);
  lease.end();
});

it('survives words without answer as long as one in time is confirmed', async () => {
  const words = [silence, silence, answer];
  let word = 0;
  const lease = keepLease({ ackWaitMs: 900, sayWorking: () => (words[word++ % 3] ?? silence)() });
  await vi.advanceTimersByTimeAsync(9_000);
  expect(lease.lost()).toBe(false);
  lease.end();
});

it('is lost once nothing sent within the lease was confirmed, and then says nothing more', async () => {
  const sayWorking = vi.fn(silence);
  const lease = keepLease({ ackWaitMs: 900, sayWorking });
  await vi.advanceTimersByTimeAsync(900);
  expect(lease.lost()).toBe(false);
  await vi.advanceTimersByTimeAsync(300);
  expect(lease.signal.aborted).toBe(true);
  expect(lease.signal.reason).toMatchObject({ name: 'TimeoutError' });
  const said = sayWorking.mock.calls.length;
  await vi.advanceTimersByTimeAsync(9_000);
  expect(sayWorking).toHaveBeenCalledTimes(said);
});

it('counts from when the confirmed word was sent, not from when the answer came', async () => {
  let now = 0;
  const answers: (() => void)[] = [];
  const lease = keepLease({
    ackWaitMs: 900,
    sayWorking: () => new Promise<void>((resolve) => answers.push(resolve)),
    now: () => now,
  });
  now = 300;
  await vi.advanceTimersByTimeAsync(300);
  now = 850;
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  now = 1_200;
  expect(lease.lost()).toBe(false);
  now = 1_201;
  expect(lease.lost()).toBe(true);
});

it('is lost for a process that was frozen, before its timer had a turn', () => {
  let now = 0;
  const lease = keepLease({ ackWaitMs: 900, sayWorking: answer, now: () => now });
  now = 60_000;
  expect(lease.lost()).toBe(true);
  expect(lease.signal.aborted).toBe(true);
});

it('leaves no timer after its end, and keeps its answer', () => {
  let now = 0;
  const lease = keepLease({ ackWaitMs: 900, sayWorking: answer, now: () => now });
  lease.end();
  expect(vi.getTimerCount()).toBe(0);
  now = 60_000;
  expect(lease.lost()).toBe(false);
});
