import { z } from 'zod';

const parameters = z.looseObject({
  properties: z.record(
    z.string(),
    z.looseObject({ description: z.string().optional(), default: z.unknown().optional(), enum: z.array(z.unknown()).optional() }),
  ),
  required: z.array(z.string()).default([]),
});

/** `name  what it says (one of …; default …)`, a line a parameter. @param schema the JSON Schema of an object */
export function parameterLines(schema: unknown): string[] {
  const { properties, required } = parameters.parse(schema);
  const width = Math.max(...Object.keys(properties).map((name) => name.length));
  return Object.entries(properties).map(([name, value]) => {
    const facts = [
      ...(value.enum === undefined ? [] : [`one of ${value.enum.join(', ')}`]),
      ...(required.includes(name)
        ? ['required']
        : value.default === undefined
          ? []
          : [`default ${JSON.stringify(value.default)}`]),
    ];
    return `  ${name.padEnd(width)}  ${value.description ?? ''}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`;
  });
}
