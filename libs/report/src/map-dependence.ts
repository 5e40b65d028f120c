import { listed, mapProperties, type MapProperty, type MeasureDescription } from '@xaigrid/contracts';

const sayings: Readonly<Record<MapProperty, (titles: string, one: boolean) => string>> = {
  scale: (titles, one) =>
    `${titles} ${one ? 'depends' : 'depend'} on the scale of a map: compare only methods whose maps have one unit and one target.`,
  shape: (titles, one) =>
    `${titles} ${one ? 'depends' : 'depend'} on how many values a map has: compare only methods whose maps have one shape.`,
};

/** A sentence for each property of maps that these measures depend on, where maps of several methods stand side by side. */
export function mapDependence(measures: readonly Pick<MeasureDescription, 'title' | 'dependsOn'>[]): string[] {
  return mapProperties.flatMap((property) => {
    const titles = [...new Set(measures.flatMap(({ title, dependsOn = [] }) => (dependsOn.includes(property) ? [title] : [])))];
    return titles.length === 0 ? [] : [sayings[property](listed(titles), titles.length === 1)];
  });
}
