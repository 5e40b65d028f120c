import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The effects of a process and its children on the rest of the system. */
export interface Trace {
  /**
   * The addresses that it contacted, reached or not, such as `127.0.0.1:5432`, `[::1]:53` or `unix:/run/x`. A look-up of a name
   * is one of these, at port 53.
   */
  readonly addressed: readonly string[];
  /** The addresses that it listened on, in the same form. */
  readonly bound: readonly string[];
  /** The absolute paths of files and folders that it opened for writing, created, renamed or removed. */
  readonly written: readonly string[];
}

const opening = ['open', 'openat', 'creat'];
const naming = ['mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'truncate', 'mknod', 'mknodat'];
const linking = ['link', 'linkat', 'symlink', 'symlinkat'];
const addressing = ['connect', 'sendto', 'sendmsg', 'sendmmsg'];
const calls = [...opening, ...naming, ...linking, ...addressing, 'bind'];

/** The program with its arguments that traces a process. The process itself is the child, strace is its grandchild. */
export function tracedBy(file: string): readonly string[] {
  return ['strace', '--daemonize', '-f', '-y', '--seccomp-bpf', '-e', `trace=${calls.join()}`, '-o', file];
}

/** Reads a trace, after the process with this id and all its children have ended. */
export async function readTrace(file: string, processId: number | undefined): Promise<Trace> {
  const over = new RegExp(`^${processId ?? NaN} +\\+\\+\\+ (exited|killed)`, 'm');
  let text = await readFile(file, 'utf8');
  while (!over.test(text)) {
    await delay(50);
    text = await readFile(file, 'utf8');
  }
  const trace = { addressed: new Set<string>(), bound: new Set<string>(), written: new Set<string>() };
  for (const { name, parameters, result } of wholeCalls(text)) {
    if (name === 'bind') addressesOf(parameters).forEach((address) => trace.bound.add(address));
    else if (addressing.includes(name)) addressesOf(parameters).forEach((address) => trace.addressed.add(address));
    else if (!result.startsWith('-1')) pathsOf(name, parameters, result).forEach((path) => trace.written.add(path));
  }
  return { addressed: [...trace.addressed], bound: [...trace.bound], written: [...trace.written] };
}

interface Call {
  readonly name: string;
  readonly parameters: string;
  readonly result: string;
}

/**
 * Joins lines to calls. A line is `ID call(parameters) = result`. A call during which another thread makes one is split into two
 * lines.
 */
function* wholeCalls(text: string): Generator<Call> {
  const begun = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, id = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, beginning] = /^(.*) <unfinished \.\.\.>$/.exec(rest) ?? [];
    if (beginning !== undefined) {
      begun.set(id, beginning);
      continue;
    }
    const [, end] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
    const whole = end === undefined ? rest : `${begun.get(id) ?? ''}${end}`;
    const [, name, parameters, result] = /^(\w+)\((.*)\) += (.*)$/.exec(whole) ?? [];
    if (name !== undefined && parameters !== undefined && result !== undefined) yield { name, parameters, result };
  }
}

function addressesOf(parameters: string): string[] {
  const four = /sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)/g;
  const six = /sin6_port=htons\((\d+)\),.*?inet_pton\(AF_INET6, "([^"]+)"/g;
  const unix = /sun_path=@?"([^"]*)"/g;
  return [
    ...[...parameters.matchAll(four)].map(([, port, address]) => `${address ?? ''}:${port ?? ''}`),
    ...[...parameters.matchAll(six)].map(([, port, address]) => `[${address ?? ''}]:${port ?? ''}`),
    ...[...parameters.matchAll(unix)].map(([, path]) => `unix:${path ?? ''}`),
  ];
}

function pathsOf(name: string, parameters: string, result: string): string[] {
  if (opening.includes(name)) {
    const writes = name === 'creat' || /O_WRONLY|O_RDWR|O_CREAT/.test(parameters);
    const [, path] = /^\d+<([^>]*)>/.exec(result) ?? [];
    return writes && path !== undefined ? [path] : [];
  }
  const named = [...parameters.matchAll(/(?:(?:\d+|AT_FDCWD)<([^>]*)>, )?"([^"]*)"/g)].map(([, folder = '', path = '']) =>
    isAbsolute(path) ? path : join(folder, path),
  );
  const made = linking.includes(name) ? named.slice(1) : named;
  // Without a folder of its own, a relative path is below the working folder, whose files are recorded when they are opened.
  return made.filter((path) => isAbsolute(path) || path.startsWith('..'));
}
