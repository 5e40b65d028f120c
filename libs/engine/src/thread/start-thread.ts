import { Worker } from 'node:worker_threads';
import { silenceTelemetry } from '../onnxruntime/telemetry.js';

/**
 * Starts a thread's program. In built code it is the compiled file. If run from TypeScript sources (tests), it is the source,
 * through the small loader in `source-loader/`, which also resolves packages to their sources.
 * @param program `new URL('./program.js', import.meta.url)`
 */
export function startThread(program: URL, { name, workerData }: { readonly name: string; readonly workerData: unknown }): Worker {
  silenceTelemetry();
  if (!import.meta.url.endsWith('.ts')) return new Worker(program, { name, workerData });
  const loader = new URL('../../source-loader/register.mjs', import.meta.url);
  return new Worker(new URL(program.href.replace(/\.js$/, '.ts')), {
    ...{ name, workerData },
    execArgv: ['--conditions=@xaigrid/source', '--import', loader.href],
  });
}
