import type { ClassificationReport } from './classification.js';
import type { ClassScores } from './class-scores.js';

/** A class, and the classes that it is confused with. */
export interface ConfusedClass extends ClassScores {
  /** The classes that its samples are most often predicted as, in the order of classes, with the number of samples. */
  readonly confusedWith: readonly { readonly class: number; readonly samples: number }[];
}

/** How much `confusedClasses` lists. */
export interface ConfusedClassesOptions {
  /** The number of classes to list. Default 2, as in the report's Table 1. */
  readonly classes?: number;
  /** The number of classes to name beside each. Default 3. */
  readonly confusedWith?: number;
}

/**
 * The classes that a model confuses most, those with the lowest F1 first. Beside each are the classes that its samples are most
 * often predicted as, in class order, as the report's Table 1 prints them; among equally frequent ones the first are taken.
 * Classes without samples are left out. The list is empty if samples have sets of labels, because then no class is predicted in
 * place of another.
 */
export function confusedClasses(
  { perClass, confusion }: Pick<ClassificationReport, 'perClass' | 'confusion'>,
  options: ConfusedClassesOptions = {},
): ConfusedClass[] {
  const { classes = 2, confusedWith = 3 } = options;
  if (confusion === undefined) return [];
  return perClass
    .filter(({ support }) => support > 0)
    .sort((a, b) => a.f1 - b.f1 || a.class - b.class)
    .slice(0, classes)
    .map((scores) => ({
      ...scores,
      confusedWith: Array.from(
        confusion.counts.subarray(scores.class * confusion.classes, (scores.class + 1) * confusion.classes),
      )
        .map((samples, other) => ({ class: other, samples }))
        .filter(({ class: other, samples }) => other !== scores.class && samples > 0)
        .sort((a, b) => b.samples - a.samples || a.class - b.class)
        .slice(0, confusedWith)
        .sort((a, b) => a.class - b.class),
    }));
}
