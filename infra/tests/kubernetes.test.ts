import { readEnvironment, variables, type VariableName } from '@xaigrid/service';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { databaseRoles, imageCommands, isVariable, list, natsUsers, readResources, readYaml } from './manifest-files.js';

const nameSchema = z.looseObject({ name: z.string() });
const containerSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()),
  envFrom: z.array(z.looseObject({ configMapRef: nameSchema.optional(), secretRef: nameSchema.optional() })),
  env: z.array(nameSchema).default([]),
  resources: z.looseObject({ requests: z.record(z.string(), z.string()), limits: z.looseObject({ memory: z.string() }) }),
});
const workloadSchema = z.looseObject({
  spec: z.looseObject({
    replicas: z.int().optional(),
    template: z.looseObject({
      spec: z.looseObject({ terminationGracePeriodSeconds: z.int(), containers: z.tuple([containerSchema]) }),
    }),
  }),
});
const kustomizationSchema = z.looseObject({
  resources: z.array(z.string()),
  configMapGenerator: z.array(z.looseObject({ literals: z.array(z.string()) })).default([]),
});

const folders = ['base', 'nats', 'keda'];
const secrets = new Map(
  readResources('kubernetes/secret.example.yaml').map(({ metadata, stringData }) => [
    metadata.name,
    z.record(z.string(), z.string()).parse(stringData),
  ]),
);
const shared = Object.fromEntries(
  kustomizationSchema
    .parse(readYaml('kubernetes/base/kustomization.yaml'))
    .configMapGenerator.flatMap(({ literals }) => literals.map((literal) => literal.split('=', 2))),
) as Record<string, string>;

it.each(folders)('lists every file of %s in its kustomization', (folder) => {
  const { resources } = kustomizationSchema.parse(readYaml(`kubernetes/${folder}/kustomization.yaml`));
  const files = list(`kubernetes/${folder}`).filter((file) => file !== 'kustomization.yaml');
  expect(resources.filter((resource) => !resource.startsWith('..')).sort()).toEqual(files.sort());
  for (const file of files) expect(readResources(`kubernetes/${folder}/${file}`)).not.toEqual([]);
});

describe.each(['orchestrator', 'explainer-worker', 'metrics-worker'])('%s', (name) => {
  const deployment = readResources(`kubernetes/base/${name}.yaml`).find(({ kind }) => kind === 'Deployment');
  const { spec } = workloadSchema.parse(deployment);
  const [container] = spec.template.spec.containers;
  const secret = secrets.get(`xaigrid-${name}`) ?? {};

  it('runs a command that the image has', () => {
    expect(container).toMatchObject({ image: 'xaigrid', command: [`xaigrid-${name}`] });
    expect(imageCommands()).toContain(`xaigrid-${name}`);
  });

  it('gets its environment from the shared map and a secret of its own, and it is one that the services take', () => {
    expect(container.envFrom).toEqual([{ configMapRef: { name: 'xaigrid' } }, { secretRef: { name: `xaigrid-${name}` } }]);
    const given = { ...shared, ...secret, ...Object.fromEntries(container.env.map((variable) => [variable.name, '1'])) };
    expect(Object.keys(given).filter((key) => !isVariable(key))).toEqual([]);
    const names = Object.keys(variables).filter((key): key is VariableName => isVariable(key));
    expect(() => readEnvironment(names, ['DATABASE_URL', 'NATS_URL', 'NATS_USER', 'NATS_PASSWORD'], given)).not.toThrow();
  });

  it('logs in with roles that NATS and Postgres have', () => {
    expect(secret.NATS_USER).toBe(name);
    expect(natsUsers().has(name)).toBe(true);
    expect(databaseRoles()).toContain(new URL(secret.DATABASE_URL ?? '').username);
  });

  it('has time to drain, and memory to count on', () => {
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
    expect(container.resources.requests).toHaveProperty('memory');
    // One orchestrator; an autoscaler or the user decides the number of workers.
    expect(spec.replicas).toBe(name === 'orchestrator' ? 1 : undefined);
  });
});

it('starts a thread for each CPU that a worker asks for', () => {
  for (const name of ['explainer-worker', 'metrics-worker']) {
    const [deployment] = readResources(`kubernetes/base/${name}.yaml`);
    const [container] = workloadSchema.parse(deployment).spec.template.spec.containers;
    expect(container.env).toEqual([
      { name: 'XAIGRID_THREADS', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1' } } },
    ]);
    expect(Number(container.resources.requests.cpu)).toBeGreaterThanOrEqual(1);
  }
});

it('gives the NATS of its own exactly the passwords that its configuration asks for', () => {
  expect(Object.keys(secrets.get('nats-passwords') ?? {}).sort()).toEqual([...natsUsers().values()].sort());
});
