/** What the values of a mask mean. */
export interface MaskValues {
  readonly firstClass?: number | undefined;
  readonly ignore?: readonly number[] | undefined;
}

/** What one value of a mask means: nothing, an object without a class, a class, or something that has to be said. */
export type MaskMeaning = 'background' | 'object' | 'no class' | number;

/** Makes a function from a value of a mask to what it means. */
export function maskMeaning({ firstClass, ignore = [] }: MaskValues, classes: number): (value: number) => MaskMeaning {
  const ignored = new Set(ignore);
  return (value) => {
    if (ignored.has(value)) return 'background';
    if (firstClass === undefined) return value === 0 ? 'background' : 'object';
    if (value < firstClass) return 'background';
    const label = value - firstClass;
    return Number.isInteger(label) && label < classes ? label : 'no class';
  };
}

/** The sentence about a value that means nothing. */
export function noClass(place: string, value: number, { firstClass = 0 }: MaskValues, classes: number): string {
  return `${place} has the value ${value}, which is no class: classes are ${firstClass} … ${firstClass + classes - 1}. Correct it, or write it into ignore if it is background`;
}
