import { isMainThread } from 'node:worker_threads';
import { XaigridError } from '@xaigrid/contracts';

/** The environment variable that ONNX Runtime's native code reads. */
const name = 'ORT_DISABLE_TELEMETRY';

/**
 * Turns ONNX Runtime's telemetry off. Its official builds otherwise look up a host of their vendor, send facts about each session
 * there, and keep a device id and a database of events in the user's home folder. Call it before the library loads, and before
 * starting a thread that will load it: native code reads the environment of the process, and a thread's `process.env` is only a
 * copy. Telemetry cannot be turned on: a value that the user set is overwritten.
 * @throws ENGINE_UNAVAILABLE in a thread of a process whose telemetry is on: then the library must not be loaded.
 */
export function silenceTelemetry(): void {
  if (isMainThread) {
    process.env[name] = '1';
  } else if (environmentOfProcess()[name] !== '1') {
    throw new XaigridError(
      'ENGINE_UNAVAILABLE',
      `ONNX Runtime is not loaded in this thread, because it would send telemetry: ${name}=1 is missing from the environment of the process, and a thread cannot set it there. Start the process with it, or make the engine with \`isolate: true\` from the main thread.`,
    );
  }
}

/** The environment that native code reads. A thread sees it only in the diagnostic report, which takes 9 ms once per thread. */
function environmentOfProcess(): NodeJS.ProcessEnv {
  const report = process.report as Omit<NodeJS.ProcessReport, 'getReport'> & DocumentedReport;
  const { excludeNetwork } = report;
  // Otherwise the report would look up the names of all addresses that the thread is connected to.
  report.excludeNetwork = true;
  try {
    return report.getReport().environmentVariables;
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

/** Parts of the report that Node documents but its types lack. */
interface DocumentedReport {
  excludeNetwork: boolean;
  getReport(): { readonly environmentVariables: NodeJS.ProcessEnv };
}
