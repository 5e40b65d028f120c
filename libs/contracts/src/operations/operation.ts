import type { z } from 'zod';

/** An answer that is no JSON: what it is, by media type. */
export interface MediaAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/**
 * One thing that the orchestrator's HTTP API does. Routes, the client and OpenAPI are made of it; so a new read is described once. In paths and
 * queries everything is text, which `params` and `query` read.
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
  /** Of good answers; default 200. */
  readonly statuses?: readonly number[];
  /** The store may have to think about it: a client waits for minutes. */
  readonly slow?: true;
  /** Answered without a token. */
  readonly open?: true;
}

/** What is read of a part of a request that an operation has. */
export type PartOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** The path with its parameters filled in. */
export function pathOf({ path }: Pick<Operation, 'path'>, params: Readonly<Record<string, string | number>> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}
