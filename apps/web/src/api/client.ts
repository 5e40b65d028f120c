import { plainText } from './plain-text.js';
import { routes } from 'virtual:operations';
import type { operations } from '@xaigrid/contracts';

type Operations = typeof operations;
type OperationName = keyof Operations;

/** What an operation answers, as its schema says. Numbers that may be NaN or infinite are texts then: read them by `numberOf`. */
export type Answer<Name extends OperationName> = Operations[Name]['answer'] extends {
  readonly _zod: { readonly output: infer Output };
}
  ? Output
  : never;

interface Asked {
  readonly params?: Readonly<Record<string, string | number>>;
  /** A list becomes a repeated parameter, an object becomes JSON, and undefined is left out. */
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** An error as the server says it, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Calls an operation of the API that answers JSON. @throws ApiError */
export async function call<Name extends OperationName>(name: Name, asked: Asked = {}): Promise<Answer<Name>> {
  const response = await send(name, asked);
  return (response.status === 204 ? null : await response.json()) as Answer<Name>;
}

/** Calls an operation that answers bytes. @throws ApiError */
export async function callBytes(
  name: OperationName,
  asked: Asked = {},
): Promise<{ readonly headers: Headers; readonly bytes: ArrayBuffer }> {
  const response = await send(name, asked);
  return { headers: response.headers, bytes: await response.arrayBuffer() };
}

async function send(name: OperationName, { signal, body, ...asked }: Asked): Promise<Response> {
  const { method = 'GET' } = routes[name] ?? {};
  const response = await fetch(urlOf(name, asked), {
    method,
    credentials: 'same-origin',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, 'SERVER_UNREACHABLE', 'The server does not answer. Start it again; this page goes on by itself.');
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  const answer = (await response.json().catch(() => undefined)) as { error?: { code?: string; message?: string } } | undefined;
  const { code = 'UNKNOWN', message = `The server answered with status ${response.status}.` } = answer?.error ?? {};
  return new ApiError(response.status, code, message);
}

/** The address of an operation. */
export function urlOf(name: OperationName, { params = {}, query = {} }: Pick<Asked, 'params' | 'query'> = {}): string {
  const path = (routes[name]?.path ?? '').replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const item of value) search.append(key, String(item));
    else if (typeof value === 'object' && value !== null) search.set(key, JSON.stringify(value));
    else if (value !== undefined) search.set(key, plainText(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A number of an answer; NaN and infinities come as texts, since JSON has none. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : NaN;
}
