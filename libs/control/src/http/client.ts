import { errorAnswerSchema, pathOf, reviveError, XaigridError, type Operation } from '@xaigrid/contracts';
import type { z } from 'zod';
import { patiently, type Patience } from './patience.js';

export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly patience?: Patience;
}

interface ClientRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: ReadableStream<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Statuses that count as an answer, besides the successful ones. */
  readonly accept?: readonly number[];
  /** Milliseconds after which the request fails. Default: a minute. */
  readonly timeoutMs?: number;
  /** The body of the answer may take any time. Only its beginning must come within `timeoutMs`. */
  readonly streamed?: boolean;
}

/**
 * Sends requests to one orchestrator. Every failure is a XaigridError: the orchestrator's own if it sent one. If an orchestrator
 * that has answered before is unreachable, reads are repeated. One that never answered counts as a wrong address.
 */
export interface Client {
  /** The server, for people; without anything secret. */
  readonly location: string;
  /** @throws the orchestrator's error, SERVER_UNREACHABLE, UNAUTHORIZED */
  request(path: string, options?: ClientRequest): Promise<Response>;
  /** A request whose answer is parsed. @throws also SERVER_UNREACHABLE for an answer that is not one of our API */
  json<Schema extends z.ZodType>(schema: Schema, path: string, options?: ClientRequest): Promise<z.output<Schema>>;
  /** An operation whose answer is JSON. @throws as `json` */
  call<Answer extends z.ZodType>(operation: Operation & { readonly answer: Answer }, asked?: Asked): Promise<z.output<Answer>>;
  /** An operation whose answer is a file. */
  bytes(operation: Operation, asked?: Asked): Promise<{ readonly headers: Headers; readonly bytes: Uint8Array }>;
}

/** The parameters of a call. */
interface Asked {
  readonly params?: Readonly<Record<string, string | number>>;
  /** A list becomes a repeated parameter, an object becomes JSON, and undefined is left out. */
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const TIMEOUT_MS = 60_000;
/** The timeout of operations that may take the store long. */
const SLOW_MS = 300_000;

/** @throws USAGE for an unusable URL, ENVIRONMENT_INVALID for a token that no header can hold. */
export function createClient(options: ClientOptions): Client {
  const base = baseOf(options.url);
  const location = base.href.replace(/\/$/, '');
  const { token, fetch = globalThis.fetch } = options;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      'XAIGRID_TOKEN has characters that a token cannot have. Set it to the orchestrator’s token.',
    );

  let hasAnswered = false;

  async function reading<Answer>(ask: () => Promise<Answer>, { method = 'GET', signal }: ClientRequest): Promise<Answer> {
    const mayWait = hasAnswered && (method === 'GET' || method === 'HEAD');
    const answer = await (mayWait ? patiently(ask, { ...options.patience, ...(signal === undefined ? {} : { signal }) }) : ask());
    hasAnswered = true;
    return answer;
  }

  async function send(path: string, options: ClientRequest): Promise<Response> {
    const { method = 'GET', json, body, signal, accept = [], timeoutMs = TIMEOUT_MS, streamed = false } = options;
    const tooLong = new AbortController();
    const clock = setTimeout(() => tooLong.abort(new DOMException('', 'TimeoutError')), timeoutMs).unref();
    const signals = [tooLong.signal, ...(signal === undefined ? [] : [signal])];
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
    };
    const content = json === undefined ? body : JSON.stringify(json);
    const response = await fetch(`${location}${path}`, {
      ...{ method, headers, redirect: 'error', signal: AbortSignal.any(signals) },
      ...(content === undefined ? {} : { body: content }),
      ...(body === undefined ? {} : { duplex: 'half' }),
    }).catch((error: unknown) => {
      throw unreachable(error);
    });
    if (streamed) clearTimeout(clock);
    if (!response.ok && !accept.includes(response.status)) throw await refusal(response);
    return response;
  }

  function unreachable(error: unknown): XaigridError {
    return new XaigridError(
      'SERVER_UNREACHABLE',
      `The orchestrator at ${location} does not answer: ${reasonOf(error)}. Start xaigrid-orchestrator there, or correct --server.`,
      { cause: error },
    );
  }

  function textOf(response: Response): Promise<string> {
    return response.text().catch((error: unknown) => {
      throw unreachable(error);
    });
  }

  async function refusal(response: Response): Promise<XaigridError> {
    const answer = errorAnswerSchema.safeParse(await response.json().catch(() => undefined));
    if (answer.success) return reviveError(answer.data.error);
    if (response.status === 401)
      return new XaigridError('UNAUTHORIZED', `${location} needs another bearer token. Set XAIGRID_TOKEN to it.`);
    return strange(`status ${response.status} without an explanation`);
  }

  function strange(what: string): XaigridError {
    return new XaigridError(
      'SERVER_UNREACHABLE',
      `The server at ${location} is not an orchestrator of this version of xaigrid: ${what}. Correct --server, or use the same version on both sides.`,
    );
  }

  async function parsed<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    requestOptions: ClientRequest = {},
  ): Promise<z.output<Schema>> {
    const text = await reading(async () => textOf(await send(path, requestOptions)), requestOptions);
    const result = schema.safeParse(parseJson(text));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw strange(
      `its answer to ${path.split('?')[0] ?? path} has another form (${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''})`,
    );
  }

  return {
    location,
    request: (path, requestOptions = {}) => reading(() => send(path, requestOptions), requestOptions),
    json: parsed,
    call: (operation, asked = {}) =>
      parsed(operation.answer, pathWithQuery(operation, asked), {
        method: operation.method,
        ...(asked.body === undefined ? {} : { json: asked.body }),
        ...(operation.slow === true ? { timeoutMs: SLOW_MS } : {}),
      }),
    bytes: (operation, asked = {}) =>
      reading(async () => {
        const response = await send(pathWithQuery(operation, asked), {});
        const bytes = await response.arrayBuffer().catch((error: unknown) => {
          throw unreachable(error);
        });
        return { headers: response.headers, bytes: new Uint8Array(bytes) };
      }, {}),
  };
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new XaigridError('USAGE', '--server must be the URL of an orchestrator, for example http://127.0.0.1:8080.');
  if (url.username !== '' || url.password !== '')
    throw new XaigridError('USAGE', '--server must not contain user and password. Put the token into XAIGRID_TOKEN.');
  url.search = '';
  url.hash = '';
  return url;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host’s name cannot be looked up',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it took too long';
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? (cause.message || code);
}

function pathWithQuery(operation: Operation, { params, query = {} }: Asked): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    (value === undefined ? [] : [value].flat()).map((one) => `${name}=${encodeURIComponent(textOfValue(one))}`),
  );
  return `${pathOf(operation, params)}${given.length === 0 ? '' : `?${given.join('&')}`}`;
}

function textOfValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
