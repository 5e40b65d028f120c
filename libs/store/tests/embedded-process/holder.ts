import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const reportSchema = z.object({ url: z.string(), attached: z.boolean() });

/** Another process that holds an embedded server. */
export interface Holder {
  readonly child: ChildProcess;
  readonly report: z.infer<typeof reportSchema>;
  /** Stops it in order and waits for its end. */
  stop(): Promise<void>;
}

/** Starts `hold-server.ts` in a session of its own; resolves when it has its server. */
export async function startHolder(folder: string, ids: { readonly uid?: number; readonly gid?: number } = {}): Promise<Holder> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('run.mjs', import.meta.url)), 'hold-server.ts', folder], {
    ...ids,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    ended.then(() => undefined),
  ]);
  if (line === undefined) throw new Error('The other process ended before it had a server.');
  return {
    child,
    report: reportSchema.parse(JSON.parse(line)),
    async stop() {
      child.stdin.write('\n');
      await ended;
    },
  };
}
