import { describe, expect, it } from 'vitest';
import { catalogue } from '../src/catalogue.js';

describe('the catalogue', () => {
  it('lists the definitions of a metric, also of one that takes several at once', () => {
    const definitions = Object.fromEntries(catalogue().metrics.map(({ name, definitions: own }) => [name, own]));
    expect(definitions).toMatchObject({
      'pointing-game': ['paper', 'quantus'],
      sparseness: ['paper', 'quantus'],
      auc: ['paper'],
    });
  });
});
