import { XaigridError } from '@xaigrid/contracts';
import type { Background } from './explainer.js';

/** @throws SPEC_INVALID when the method was given no references. */
export function requiredBackground(method: string, background: Background | undefined): Background {
  if (background !== undefined && background.size > 0) return background;
  throw new XaigridError('SPEC_INVALID', `${method} needs a background of at least one reference: background: {dataset, size}.`);
}
