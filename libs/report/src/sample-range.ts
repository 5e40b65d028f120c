/** `sample 33`, or `samples 30 to 39`; `end` is one past the last, as in shards. */
export function sampleRange({ start, end }: { readonly start: number; readonly end: number }): string {
  return end - start === 1 ? `sample ${start}` : `samples ${start} to ${end - 1}`;
}
