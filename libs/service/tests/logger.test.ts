import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const logger = new URL('../src/logger.ts', import.meta.url).href;
const loader = new URL('../../engine/source-loader/register.mjs', import.meta.url).pathname;

/** What a process of its own logs: the logger writes to the descriptor itself. */
function logged(environment: Readonly<Record<string, string>>): string {
  const script = `
    import { createLogger } from ${JSON.stringify(logger)};
    try {
      const logger = await createLogger({ name: 'xaigrid-test', level: 'info' });
      logger.debug('quiet');
      logger.info({ run: 'abc', url: 'postgresql://secret' }, 'hello');
    } catch (error) { process.stderr.write(error.code + ': ' + error.message); }`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--conditions=@xaigrid/source', '--import', loader, '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { PATH: process.env.PATH, ...environment } },
  );
  return stderr;
}

describe('what services log', () => {
  it('is JSON, one line an entry', () => {
    expect(JSON.parse(logged({}))).toMatchObject({ level: 30, name: 'xaigrid-test', run: 'abc', url: '[secret]', msg: 'hello' });
  });

  it('is one plain line an entry with XAIGRID_LOG_PRETTY, secrets cut out and without colour where there is no terminal', () => {
    expect(logged({ XAIGRID_LOG_PRETTY: '1' })).toMatch(
      /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] INFO \(xaigrid-test\): hello \{"run":"abc","url":"\[secret\]"\}\n$/,
    );
    expect(JSON.parse(logged({ XAIGRID_LOG_PRETTY: '0' }))).toMatchObject({ msg: 'hello' });
  });

  it('has the level that is asked for, and refuses one that there is not', () => {
    expect(logged({ XAIGRID_LOG_LEVEL: 'debug' })).toContain('quiet');
    expect(logged({ XAIGRID_LOG_LEVEL: 'loud' })).toMatch(/^ENVIRONMENT_INVALID: XAIGRID_LOG_LEVEL is not usable/);
  });
});
