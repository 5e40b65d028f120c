/** A channel of position for a number. */
export interface QuantityChannel {
  readonly field: string;
  readonly type: 'quantitative';
  readonly title: string | string[] | null;
  readonly scale: { readonly zero?: boolean; readonly nice?: boolean; readonly padding?: number; readonly domain?: number[] };
  readonly axis: { readonly grid: boolean; readonly tickCount: number };
}

export function quantity(
  field: string,
  { title, scale, axis }: Pick<QuantityChannel, 'title' | 'scale' | 'axis'>,
): QuantityChannel {
  return { field, type: 'quantitative', title, scale, axis };
}
