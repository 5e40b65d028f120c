import { XaigridError } from '@xaigrid/contracts';
import type { z } from 'zod';

/**
 * Checks data from a model file against a schema.
 * @throws MODEL_UNREADABLE naming `where` and the first mistake.
 */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined ? '' : issue.path.map(String).join('.');
  throw new XaigridError(
    'MODEL_UNREADABLE',
    `The model's ${where} is malformed${path === '' ? '' : ` at "${path}"`}: ${issue?.message ?? 'unknown'}.`,
  );
}
