import type { ModelDescription } from '@xaigrid/engine';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSetting, settingRules } from '../src/setting-rules.js';

const model: ModelDescription = { inputShape: [4], classes: 2, layers: [], saliencyLayers: [], weightSteps: [] };
const shape = {
  definition: z.enum(['paper', 'library']).default('paper').meta({ description: 'Whose.' }),
  size: z.int().positive().default(3).meta({ description: 'How many.' }),
  noise: z.number().default(0.5),
};
const rules = settingRules(shape, { several: ['definition', 'size'] });
const settings = (params: unknown) => rules.settings(rules.params.parse(params), model);

describe('settings of parameters', () => {
  it('are one where no parameter is a list, with defaults; the usual definition is not said', () => {
    expect(settings({})).toEqual([{ size: 3, noise: 0.5 }]);
    expect(settings({ definition: 'library', size: 2 })).toEqual([{ definition: 'library', size: 2, noise: 0.5 }]);
  });
  it('are each combination of listed values, once', () => {
    expect(settings({ definition: ['paper', 'library'], size: [1, 2, 1] })).toEqual([
      { size: 1, noise: 0.5 },
      { size: 2, noise: 0.5 },
      { definition: 'library', size: 1, noise: 0.5 },
      { definition: 'library', size: 2, noise: 0.5 },
    ]);
  });
  it('take lists only where several may be given, and no other parameter', () => {
    for (const wrong of [{ noise: [0.1] }, { size: [] }, { size: 0 }, { other: 1 }])
      expect(rules.params.safeParse(wrong).success).toBe(false);
  });
  it('are completed for the model', () => {
    const completed = settingRules(shape, { complete: (setting, { classes }) => ({ ...setting, size: classes }) });
    expect(completed.settings(completed.params.parse({}), model)).toEqual([{ size: 2, noise: 0.5 }]);
  });
  it('are read back whole from the store, and refused by name otherwise', () => {
    expect(parseSetting('m', rules, { size: 3, noise: 1 })).toEqual({ definition: 'paper', size: 3, noise: 1 });
    expect(() => parseSetting('m', rules, { size: [1] })).toThrow(
      expect.objectContaining({
        code: 'SPEC_INVALID',
        message: 'm has no setting {"size":[1]}. A setting is {definition, size, noise}.',
      }),
    );
  });
});
