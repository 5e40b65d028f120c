import { XaigridError } from '@xaigrid/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runProcess, type ProcessOptions } from '../src/process.js';

let output = '';
let errors = '';
let lives = 0;
const options: ProcessOptions = {
  ...{ name: 'xaigrid-test', summary: 'does nothing.', version: '1.2.3', variables: ['NATS_URL', 'XAIGRID_TOKEN'] },
  onTerminate: 'end at once.',
  run: () => {
    lives += 1;
    return Promise.resolve();
  },
};

beforeEach(() => {
  output = errors = '';
  lives = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((output += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((errors += String(text)), true));
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe('runProcess', () => {
  it.each(['--help', '-h'])('%s tells what it is for, its variables and what SIGTERM does', async (flag) => {
    await runProcess(options, [flag]);
    expect(output).toMatch(
      /^xaigrid-test: does nothing\.\n[^]*\n {2}NATS_URL +NATS servers[^]*XAIGRID_TOKEN[^]*\nSIGTERM: end at once\.\n$/,
    );
    expect([lives, process.exitCode]).toEqual([0, undefined]);
  });

  it('--version tells the version', async () => {
    await runProcess(options, ['--version']);
    expect([output, lives]).toEqual(['1.2.3\n', 0]);
  });

  it('takes no other arguments', async () => {
    await runProcess(options, ['--port', '1']);
    expect([errors, lives, process.exitCode]).toEqual([
      'xaigrid-test: USAGE: it takes no arguments; see xaigrid-test --help.\n',
      0,
      2,
    ]);
  });

  it('lives once and stops listening for signals', async () => {
    const before = process.listenerCount('SIGTERM');
    await runProcess(options, []);
    expect([lives, process.exitCode, process.listenerCount('SIGTERM')]).toEqual([1, undefined, before]);
  });

  it('asks its life to drain at SIGTERM, to stop at the second', async () => {
    await runProcess(
      {
        ...options,
        run: ({ drain, stop }) => {
          process.emit('SIGTERM');
          expect([drain.aborted, stop.aborted]).toEqual([true, false]);
          process.emit('SIGTERM');
          expect(stop.aborted).toBe(true);
          return Promise.resolve();
        },
      },
      [],
    );
    expect(process.exitCode).toBeUndefined();
  });

  it.each([
    [new XaigridError('DATABASE_UNREACHABLE', 'Postgres does not answer.'), 'DATABASE_UNREACHABLE: Postgres does not answer.', 1],
    [new XaigridError('ENVIRONMENT_INVALID', 'NATS_URL is not set.'), 'ENVIRONMENT_INVALID: NATS_URL is not set.', 2],
    [new TypeError('a defect'), 'INTERNAL: a defect', 1],
  ])('ends with one sentence: %s', async (error, sentence, status) => {
    await runProcess({ ...options, run: () => Promise.reject(error) }, []);
    expect([errors, process.exitCode]).toEqual([`xaigrid-test: ${sentence}\n`, status]);
  });
});
