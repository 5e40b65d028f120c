import { XaigridError } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { describeVariables, readEnvironment } from '../src/environment.js';

function refusal(read: () => unknown): XaigridError {
  try {
    read();
  } catch (error) {
    if (error instanceof XaigridError) return error;
  }
  throw new Error('The environment was accepted.');
}

describe('readEnvironment', () => {
  it('parses numbers and lists', () => {
    const environment = { XAIGRID_THREADS: '3', XAIGRID_RETRY_DELAYS_MS: '10,20' };
    expect(readEnvironment(['XAIGRID_THREADS', 'XAIGRID_RETRY_DELAYS_MS'], [], environment)).toEqual({
      XAIGRID_THREADS: 3,
      XAIGRID_RETRY_DELAYS_MS: [10, 20],
    });
  });

  it('parses devices, and refuses what no engine has', () => {
    expect(readEnvironment(['XAIGRID_DEVICES'], [], { XAIGRID_DEVICES: ' cpu' })).toEqual({ XAIGRID_DEVICES: ['cpu'] });
    const error = refusal(() => readEnvironment(['XAIGRID_DEVICES'], [], { XAIGRID_DEVICES: 'cpu, cuda' }));
    expect(error).toMatchObject({ code: 'ENVIRONMENT_INVALID', exitStatus: 2 });
    expect(error.message).toContain('XAIGRID_DEVICES is not usable: ');
    expect(error.message).toContain('"cpu"');
  });

  it('takes an empty variable for an unset one', () => {
    expect(readEnvironment(['XAIGRID_THREADS'], [], { XAIGRID_THREADS: '' })).toEqual({});
  });

  it('names a missing variable and what it is for', () => {
    const error = refusal(() => readEnvironment(['DATABASE_URL'], ['DATABASE_URL'], {}));
    expect(error).toMatchObject({ code: 'ENVIRONMENT_INVALID', exitStatus: 2 });
    expect(error.message).toContain('DATABASE_URL is not set. Postgres, as postgresql://');
  });

  it('never shows the value of a malformed variable', () => {
    const error = refusal(() => readEnvironment(['DATABASE_URL'], [], { DATABASE_URL: 'mysql://root:geheim@host/db' }));
    expect(error.message).toContain('DATABASE_URL is not usable');
    expect(error.message).not.toContain('geheim');
  });
});

describe('describeVariables', () => {
  it('gives each variable a line', () => {
    expect(describeVariables(['NATS_URL', 'DATABASE_URL']).split('\n')).toHaveLength(2);
  });
});
