import { expect, it } from 'vitest';
import { runChaos } from './chaos.js';
import { chaosSpec } from './spec.js';

/** More of them take longer than each change can wait for: `npm run chaos` lets a thousand fall. */
const FAULTS = 20;

it.each([
  ['nats-server is killed and robbed of its connections', 3, /nats/],
  ['everything is killed, frozen, cut off and led astray', 11, /./],
])(
  'a run is whole though %s (seed %i)',
  async (_what, seed, only) => {
    const lines: string[] = [];
    const report = await runChaos({
      ...{ seed, faults: FAULTS, faultsMs: 15_000, calmMs: 180_000, spec: chaosSpec({ samples: 160 }) },
      ...{ gapMs: 600, scale: 0.25, workers: 1, orchestrators: 1 },
      only: (name) => only.test(name) && !name.startsWith('disk'),
      say: (line) => void lines.push(line),
    });
    const words = `${lines.join('\n')}\n${JSON.stringify(report, undefined, 2)}`;
    expect(report.state, words).toBe('done');
    expect(report.differences, words).toEqual([]);
    expect(report.leftByThemselves, words).toEqual([]);
    expect(report.total, words).toBeGreaterThan(3);
  },
  240_000,
);
