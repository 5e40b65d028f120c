import type { Attribute, Attributes, Constant } from './graph.js';

/** An INT attribute. */
export const int = (value: number): Attribute => ({ kind: 'int', value });
/** A FLOAT attribute. ONNX keeps it in 32 bits, so it is rounded here: a graph in memory equals the one in its file. */
export const float = (value: number): Attribute => ({ kind: 'float', value: Math.fround(value) });
/** A STRING attribute. */
export const text = (value: string): Attribute => ({ kind: 'string', value });
/** An INTS attribute. */
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
/** A FLOATS attribute, rounded to float32. */
export const floats = (value: readonly number[]): Attribute => ({ kind: 'floats', value: value.map(Math.fround) });
/** A TENSOR attribute. */
export const tensorAttribute = (value: Constant): Attribute => ({ kind: 'tensor', value });

interface HasAttributes {
  readonly attributes: Attributes;
}

/** The value of an INT or FLOAT attribute, or `fallback`, the operator's default. */
export function numberOf(node: HasAttributes, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : fallback;
}

/** The value of a STRING attribute, or `fallback`, the operator's default. */
export function textOf(node: HasAttributes, name: string, fallback: string): string {
  const attribute = node.attributes[name];
  return attribute?.kind === 'string' ? attribute.value : fallback;
}

/** The value of an INTS attribute. Undefined if the node lacks it. */
export function intsOf(node: HasAttributes, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

/** The value of a FLOATS attribute. Undefined if the node lacks it. */
export function floatsOf(node: HasAttributes, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'floats' ? attribute.value : undefined;
}

/** The value of a STRINGS attribute. Undefined if the node lacks it. */
export function stringsOf(node: HasAttributes, name: string): readonly string[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'strings' ? attribute.value : undefined;
}

/** The attributes without those of the given names. */
export function without(attributes: Attributes, ...names: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
}
