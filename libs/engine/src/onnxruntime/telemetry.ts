import { isMainThread } from 'node:worker_threads';
import { XaigridError } from '@xaigrid/contracts';

/** What ONNX Runtime's native code looks for in the environment of the process. */
const name = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps ONNX Runtime silent. Without this its official builds look up a host of their maker, post facts about each session there,
 * and keep a device id and a database of events in the user's home. Call it before the library loads, and before a thread starts that
 * will load it: native code reads the environment of the process, of which a thread's `process.env` is only a copy.
 * There is no way to have it otherwise: a value that the user gave is overwritten.
 * @throws ENGINE_UNAVAILABLE in a thread whose process was not silenced: then the library must not be loaded.
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

/** The environment that native code sees; only the diagnostic report shows it to a thread. Takes 9 ms, once a thread. */
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

/** What Node documents and its types leave out. */
interface DocumentedReport {
  excludeNetwork: boolean;
  getReport(): { readonly environmentVariables: NodeJS.ProcessEnv };
}
