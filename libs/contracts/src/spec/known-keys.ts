import type { z } from 'zod';

/** The keys that a strict object schema knows; none for another schema. */
export function knownKeys(schema: z.ZodType): string[] {
  const shape: unknown = 'shape' in schema ? schema.shape : undefined;
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}
