import { Worker, type WorkerOptions } from 'node:worker_threads';
import { silenceTelemetry } from '../onnxruntime/telemetry.js';
import type { ThreadData } from './protocol.js';

/**
 * Starts the thread's program. Built, that is the compiled file beside this one. Run from TypeScript sources (tests), it is
 * the source, through the small loader in `source-loader/`; packages are then resolved to their sources too.
 */
export function startThread(data: ThreadData): Worker {
  silenceTelemetry();
  const options: WorkerOptions = { name: `engine ${data.name}`, workerData: data };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./engine-thread.js', import.meta.url), options);
  const loader = new URL('../../source-loader/register.mjs', import.meta.url);
  return new Worker(new URL('./engine-thread.ts', import.meta.url), {
    ...options,
    execArgv: ['--conditions=@xaigrid/source', '--import', loader.href],
  });
}
