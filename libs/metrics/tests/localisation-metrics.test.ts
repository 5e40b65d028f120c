import { describe, expect, it } from 'vitest';
import { metrics } from '../src/index.js';
import { goldenMaps, regionRequest, scoreRegions } from './region-request.js';

/** What all metrics that compare maps with regions have alike. */
const localisation = metrics.filter(({ category }) => category === 'localisation');
const params = (metric: string) => (metric === 'top-k-intersection' ? { k: 7 } : {});

describe.each(localisation)('$metric', (metric) => {
  const { asked, samples } = goldenMaps();

  it('scores a sample by itself as among others', async () => {
    const together = await scoreRegions(asked, params(metric.metric), metric);
    for (const at of samples.keys()) {
      const alone = await scoreRegions(
        { ...asked, maps: asked.maps.slice(at, at + 1), regions: asked.regions.slice(at, at + 1) },
        ...[params(metric.metric), metric],
      );
      expect(alone).toEqual(Object.fromEntries(Object.entries(together).map(([name, values]) => [name, [values[at]]])));
    }
  });

  it('fails a map with NaN by its sample’s name', async () => {
    const [first = [], ...others] = asked.maps;
    const broken = { ...asked, maps: [...others, first.map((value, at) => (at === 3 ? NaN : value))] };
    const request = regionRequest(broken, params(metric.metric), metric);
    const sampleIndices = Int32Array.from(broken.maps, (_, at) => 40 + at);
    await expect(metric.score({ ...request, sampleIndices })).rejects.toThrow(
      expect.objectContaining({
        code: 'NOT_FINITE',
        message: expect.stringContaining(`Sample ${39 + samples.length} `) as string,
      }),
    );
  });

  it('gives finite measures at every definition', async () => {
    for (const definition of ['paper', 'quantus']) {
      if (!metric.params.safeParse({ ...params(metric.metric), definition }).success) continue;
      for (const regions of [asked.regions, asked.regions.map((region) => region.map(() => 0))]) {
        const found = await scoreRegions({ ...asked, regions }, { ...params(metric.metric), definition }, metric);
        expect(
          Object.values(found)
            .flat()
            .filter((value) => !Number.isFinite(value)),
        ).toEqual([]);
      }
    }
  });
});
