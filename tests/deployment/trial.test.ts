import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../support/processes.js';

/** The block of docs/deployment.md that tries a cluster on one machine. */
async function trial(): Promise<string> {
  const text = await readFile(join(repository, 'docs', 'deployment.md'), 'utf8');
  const [, block] = /<!-- trial: .*-->\n\n```sh\n([^]*?)```/.exec(text) ?? [];
  return block ?? '';
}

it('runs a cluster on one machine by the block of the docs, as it stands, and leaves nothing', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'xaigrid-trial-'));
  // A Postgres started by root runs as another user and must get at its files.
  await chmod(temporary, 0o755);
  try {
    const ours = Object.entries(process.env).filter(([name]) => !/^(XAIGRID_|NATS_|DATABASE_URL|CI$)/.test(name));
    // nats-server is where Debian puts it, which is not in every PATH.
    const env = { ...Object.fromEntries(ours), TMPDIR: temporary, PATH: `${process.env.PATH ?? ''}:/usr/sbin` };
    // What does not end within the test's time is a hang: its whole group is ended.
    const shell = spawn('bash', ['-euc', await trial()], {
      cwd: repository,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'), 280_000);
    let stdout = '';
    let stderr = '';
    shell.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    shell.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(shell, 'close');
    clearTimeout(timer);
    expect(shell.exitCode, stderr).toBe(0);
    expect(stdout).toContain('| mnist1d | cnn | sise | 0.1 | 20 |');
    expect(stdout).toContain('| texture-patches | vgg | random (control) | 0.5 | 20 |');
    expect(stderr).toContain('120 maps computed, 0 reused');
    // No process of the block is left, which signal 0 would find in its group, and no file.
    expect(() => process.kill(-(shell.pid ?? 0), 0)).toThrow(/ESRCH/);
    // As root, Postgres keeps its data where its user may enter, until the next one starts.
    expect((await readdir(temporary)).filter((name) => !name.startsWith('xaigrid-postgres-'))).toEqual([]);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}, 300_000);
