/** How many of `units` are done after each step of `perStep`; the last step has what is left. */
export function countsTo(units: number, perStep: number): number[] {
  return Array.from({ length: Math.ceil(units / perStep) }, (_, step) => Math.min(units, (step + 1) * perStep));
}
