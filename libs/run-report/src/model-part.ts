import type { ModelPart } from '@xaigrid/report';
import { modelFigures } from './model-figures.js';
import { readModelQuality, type PredictionSource } from './model-quality.js';
import { confusedTable, modelFacts, perClassTable } from './model-tables.js';
import type { Subject } from './subjects.js';

/** The most classes in a page's table. `xaigrid metrics` prints all. */
const MOST_CLASSES = 40;

/** How good a model is on a data set: the numbers, tables and figures on a report's page. */
export async function readModelPart(source: PredictionSource, subject: Subject): Promise<ModelPart> {
  const quality = await readModelQuality(source, subject);
  const { title, evaluations } = subject;
  if ('reason' in quality) return { title, note: quality.reason, facts: [], tables: [], figures: [] };
  const engines = new Set(evaluations.map(({ engine }) => engine));
  return {
    title,
    ...(engines.size > 1 ? { note: `Predictions of the engine ${quality.engine}.` } : {}),
    facts: modelFacts(quality),
    tables: [...(quality.report.confusion === undefined ? [] : [confusedTable(quality)]), perClassTable(quality, MOST_CLASSES)],
    figures: await modelFigures(quality),
  };
}
