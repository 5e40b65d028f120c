import { offeredDevices } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { adapters } from '../src/adapters.js';

it('a spec may name exactly the devices that engines have', () => {
  const had = Object.values(adapters).flatMap(({ devices }) => devices);
  expect(new Set(had)).toEqual(new Set(offeredDevices));
});
