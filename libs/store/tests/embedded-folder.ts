import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { readPostmaster } from '../src/embedded/postmaster-file.js';

/** A folder for one test's embedded server, removed afterwards. */
export async function embeddedFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-embedded-'));
  // As project folders are: root's Postgres user can enter.
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export function dataFolder(folder: string): string {
  return join(folder, 'cluster', 'data');
}

export async function serverPid(folder: string): Promise<number | undefined> {
  return (await readPostmaster(dataFolder(folder)))?.pid;
}

export function serverLog(folder: string): Promise<string> {
  return readFile(join(folder, 'postgres.log'), 'utf8');
}
