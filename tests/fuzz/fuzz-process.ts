import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TargetName } from './targets.js';

/** Mutants `from` … `to − 1` of a target. */
export interface Order {
  readonly target: TargetName;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export type Report =
  | { readonly kind: 'next'; readonly index: number }
  | { readonly kind: 'fault'; readonly index: number; readonly fault: string }
  | { readonly kind: 'done' };

interface Fault {
  readonly index: number;
  readonly fault: string;
}

/** A mutant that takes longer hangs. The slowest take a tenth of a second; a busy machine is given time. */
const HANG_MS = 20_000;
/** Loading everything from sources. */
const START_MS = 120_000;
/** JavaScript's heap; what lies outside of it is watched by the process itself. */
const HEAP_MB = 1_024;

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A process that may crash, hang or run out of memory without harm to whoever asks it. */
export interface FuzzProcess {
  /** @returns what went wrong, in the order of the mutants. */
  run(order: Order): Promise<readonly Fault[]>;
  close(): Promise<void>;
}

interface Child {
  readonly running: ChildProcess;
  /** What it reports, a line at a time. */
  readonly lines: AsyncIterator<string, undefined>;
}

export function startFuzzProcess(): FuzzProcess {
  let child: Child | undefined;

  function start(): Child {
    const loader = new URL('../../libs/engine/source-loader/register.mjs', import.meta.url).href;
    const flags = [`--max-old-space-size=${HEAP_MB}`, '--conditions=@xaigrid/source', '--import', loader];
    const started = spawn(process.execPath, [...flags, path('child.ts')], { stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
    started.on('error', () => undefined);
    started.stdin?.on('error', () => undefined);
    const lines = createInterface({ input: started.stdio[3] as Readable })[Symbol.asyncIterator]();
    return { running: started, lines };
  }

  /** Follows an order to its end, or to the mutant that ended the process. */
  async function follow(order: Order, faults: Fault[]): Promise<number> {
    const { running, lines } = (child ??= start());
    let said = '';
    const listen = (chunk: Buffer): void => void (said = `${said}${chunk.toString()}`.slice(-4_000));
    running.stderr?.on('data', listen);
    let index = order.from - 1;
    // An object: the compiler cannot see that a timer writes it.
    const watched = { hung: false };
    const watch = (milliseconds: number): NodeJS.Timeout =>
      setTimeout(() => {
        watched.hung = true;
        running.kill('SIGKILL');
      }, milliseconds);
    let timer = watch(START_MS);
    running.stdin?.write(`${JSON.stringify(order)}\n`);
    try {
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        clearTimeout(timer);
        timer = watch(HANG_MS);
        const report = JSON.parse(line.value) as Report;
        if (report.kind === 'done') return order.to;
        index = report.index;
        if (report.kind === 'fault') faults.push(report);
      }
    } finally {
      clearTimeout(timer);
      running.stderr?.off('data', listen);
    }
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
    child = undefined;
    const fault = watched.hung ? 'hangs' : `ended the process (${running.signalCode ?? running.exitCode ?? ''}): ${said.trim()}`;
    if (index < order.from) throw new Error(`The process never began: it ${fault}`);
    faults.push({ index, fault });
    return index + 1;
  }

  return {
    async run(order) {
      const faults: Fault[] = [];
      for (let { from } = order; from < order.to;) from = await follow({ ...order, from }, faults);
      return faults;
    },
    async close() {
      const running = child?.running;
      child = undefined;
      if (running?.exitCode !== null) return;
      running.stdin?.end();
      await once(running, 'exit');
    },
  };
}
