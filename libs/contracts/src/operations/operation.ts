import type { z } from 'zod';

/** An answer that is not JSON, with its media types. */
export interface MediaAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/**
 * One operation of the orchestrator's HTTP API. Routes, the client and OpenAPI are made from it, so a new read is described once.
 * In paths and queries everything is text, which `params` and `query` parse.
 */
export interface Operation {
  /** Its name in OpenAPI. */
  readonly id: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/v1/runs/:id` */
  readonly path: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType | { readonly content: MediaAnswer['content'] };
  readonly answer: z.ZodType | MediaAnswer;
  /** Statuses of successful answers. Default: 200. */
  readonly statuses?: readonly number[];
  /** The store may need long for it, so a client waits for minutes. */
  readonly slow?: true;
  /** It changes nothing, although its method says so: its question does not fit a URL. */
  readonly onlyReads?: true;
  /** Answered without a token. */
  readonly open?: true;
}

/** The parsed part of a request; undefined if the operation has no such part. */
export type PartOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** The path with its parameters filled in. */
export function pathOf({ path }: Pick<Operation, 'path'>, params: Readonly<Record<string, string | number>> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}
