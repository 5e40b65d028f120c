import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { variables } from '@xaigrid/service';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const infra = fileURLToPath(new URL('..', import.meta.url));

export const readText = (path: string): string => readFileSync(join(infra, path), 'utf8');

/** Compose uses the merge key `<<`, which YAML 1.2 lacks. */
export const readYaml = (path: string): unknown => parse(readText(path), { merge: true });

const resourceSchema = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });

/** Every Kubernetes resource in a file. The file must parse without warnings. */
export function readResources(path: string): z.infer<typeof resourceSchema>[] {
  return parseAllDocuments(readText(path)).map((document) => {
    const problems = [...document.errors, ...document.warnings];
    if (problems.length > 0) throw new Error(`${path}: ${problems.join('; ')}`);
    return resourceSchema.parse(document.toJS());
  });
}

export const list = (folder: string): string[] => readdirSync(join(infra, folder));

export const isVariable = (name: string): boolean => Object.hasOwn(variables, name);

/** The commands in the image, from the packages' manifests. */
export function imageCommands(): string[] {
  const manifestSchema = z.looseObject({ bin: z.record(z.string(), z.string()).default({}) });
  return list('../apps').flatMap((app) =>
    Object.keys(manifestSchema.parse(JSON.parse(readText(`../apps/${app}/package.json`))).bin),
  );
}

/** The users in nats-server.conf, with the variable of each one's password. */
export function natsUsers(): Map<string, string> {
  const found = readText('nats/nats-server.conf').matchAll(/user: "([\w-]+)", password: \$(\w+)/g);
  return new Map([...found].map(([, user = '', variable = '']) => [user, variable]));
}

/** The roles in roles.sql that log in with a password from the environment. */
export function databaseRoles(): string[] {
  return [...readText('postgres/roles.sql').matchAll(/^ALTER ROLE (\w+) PASSWORD/gm)].map(([, role = '']) => role);
}
