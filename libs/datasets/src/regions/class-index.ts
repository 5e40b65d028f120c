import { OTHER_CLASS } from './region-objects.js';

/** The classes that objects are of, by name. */
export interface ClassIndex {
  /** The number of the class that a name means, or `OTHER_CLASS`. */
  labelOf(name: string): number;
  /** Names that no class of the data set has, in the order in which they came. */
  readonly strange: ReadonlySet<string>;
}

/** @param classes which class a name means, where the two differ */
export function createClassIndex(classNames: readonly string[], classes: Readonly<Record<string, string>> = {}): ClassIndex {
  const numbers = new Map(classNames.map((name, number) => [name, number]));
  const meant = new Map(Object.entries(classes));
  const strange = new Set<string>();
  return {
    strange,
    labelOf(name) {
      const found = numbers.get(meant.get(name) ?? name);
      if (found === undefined) strange.add(name);
      return found ?? OTHER_CLASS;
    },
  };
}
