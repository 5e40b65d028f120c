import type { ClassificationReport } from './classification.js';
import type { ClassScores } from './class-scores.js';

export interface ConfusedClass extends ClassScores {
  /** The classes its samples are most often taken for, in the order of classes. */
  readonly confusedWith: readonly { readonly class: number; readonly samples: number }[];
}

export interface ConfusedClassesOptions {
  /** How many classes to list. Default 2, as in the report's Table 1. */
  readonly classes?: number;
  /** How many classes to name beside each. Default 3. */
  readonly confusedWith?: number;
}

/**
 * The classes a model confuses most, the lowest F1 first; beside each the classes that its samples are most often taken for (of
 * equally frequent ones the first), in class order as the report's Table 1 prints them. Classes without a sample are left out; where
 * samples have sets of labels no class is taken for another, and there is none.
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
