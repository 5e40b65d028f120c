import type { z } from 'zod';

/** The keys a strict object schema knows, or none when it is not an object schema. */
export function knownKeys(schema: z.ZodType): string[] {
  const shape: unknown = 'shape' in schema ? schema.shape : undefined;
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}
