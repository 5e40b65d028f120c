/** The number of units done after each step of `perStep` units. The last step takes the rest. */
export function countsTo(units: number, perStep: number): number[] {
  return Array.from({ length: Math.ceil(units / perStep) }, (_, step) => Math.min(units, (step + 1) * perStep));
}
