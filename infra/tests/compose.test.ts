import { readEnvironment, variables, type VariableName } from '@xaigrid/service';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { databaseRoles, imageCommands, isVariable, natsUsers, readText, readYaml } from './manifest-files.js';

const serviceSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({}).optional(),
  networks: z.array(z.string()),
});
const { services } = z.looseObject({ services: z.record(z.string(), serviceSchema) }).parse(readYaml('compose/compose.yaml'));
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('xaigrid:'));

/** `.env.example` with a value for each variable that has none. */
const environment = new Map(
  [...readText('compose/.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value === '' ? `secretOf${name}` : value,
  ]),
);
const fill = (text: string): string =>
  text.replace(/\$\{(\w+)(?::\?)?\}/g, (_, name: string) => environment.get(name) ?? `(no ${name})`);

it('uses exactly the variables of .env.example', () => {
  const used = [...readText('compose/compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  expect([...new Set(used)].sort()).toEqual([...environment.keys()].sort());
});

it('demands a value for every secret', () => {
  const secrets = [...environment].filter(([name, value]) => value === `secretOf${name}`).map(([name]) => name);
  for (const name of secrets) expect(readText('compose/compose.yaml')).not.toMatch(new RegExp(`\\$\\{${name}\\}`));
});

describe.each(ours)('%s', (name, service) => {
  const filled = Object.fromEntries(Object.entries(service.environment).map(([key, value]) => [key, fill(value)]));

  it('runs a command that the image has', () => {
    expect(service.command).toEqual([`xaigrid-${name}`]);
    expect(imageCommands()).toContain(`xaigrid-${name}`);
  });

  it('sets only variables that the services know, to values that they take', () => {
    expect(Object.keys(filled).filter((key) => !isVariable(key))).toEqual([]);
    const names = Object.keys(variables).filter((key): key is VariableName => isVariable(key));
    expect(() => readEnvironment(names, ['DATABASE_URL', 'NATS_URL', 'NATS_USER', 'NATS_PASSWORD'], filled)).not.toThrow();
  });

  it('logs in with the roles that NATS and Postgres have, by the same secrets', () => {
    const secret = natsUsers().get(filled.NATS_USER ?? '');
    expect(service.environment.NATS_PASSWORD).toBe(`\${${String(secret)}:?}`);
    expect(services.nats?.environment).toHaveProperty(String(secret), `\${${String(secret)}:?}`);
    const role = new URL(filled.DATABASE_URL ?? '').username;
    expect(databaseRoles()).toContain(role);
    expect(service.environment.DATABASE_URL).toContain(`\${${role.toUpperCase()}_DATABASE_PASSWORD:?}`);
  });
});

it('waits for health where it waits for a service that goes on, and for success where it ends', () => {
  for (const { depends_on } of Object.values(services)) {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      const ends = name === 'grants';
      expect(condition, name).toBe(ends ? 'service_completed_successfully' : 'service_healthy');
      // The check of the orchestrator is in the image.
      if (!ends && name !== 'orchestrator') expect(services[name]).toHaveProperty('healthcheck');
    }
  }
});

it('gives only the orchestrator and Grafana a way out of the inner network', () => {
  const outside = Object.entries(services).filter(([, { networks }]) => networks.includes('outside'));
  expect(outside.map(([name]) => name).sort()).toEqual(['grafana', 'orchestrator']);
});
