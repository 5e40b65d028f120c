import type { Attribute, Attributes, Constant } from './graph.js';

export const int = (value: number): Attribute => ({ kind: 'int', value });
/** ONNX keeps FLOAT in 32 bits: rounded here, so that a graph in memory and in its file are the same. */
export const float = (value: number): Attribute => ({ kind: 'float', value: Math.fround(value) });
export const text = (value: string): Attribute => ({ kind: 'string', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const floats = (value: readonly number[]): Attribute => ({ kind: 'floats', value: value.map(Math.fround) });
export const tensorAttribute = (value: Constant): Attribute => ({ kind: 'tensor', value });

interface HasAttributes {
  readonly attributes: Attributes;
}

/** A number attribute (INT or FLOAT), or the operator's default. */
export function numberOf(node: HasAttributes, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : fallback;
}

export function textOf(node: HasAttributes, name: string, fallback: string): string {
  const attribute = node.attributes[name];
  return attribute?.kind === 'string' ? attribute.value : fallback;
}

/** A list of integers, or undefined when the node does not say. */
export function intsOf(node: HasAttributes, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

/** A list of numbers, or undefined when the node does not say. */
export function floatsOf(node: HasAttributes, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'floats' ? attribute.value : undefined;
}

/** A list of names, or undefined when the node does not say. */
export function stringsOf(node: HasAttributes, name: string): readonly string[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'strings' ? attribute.value : undefined;
}

/** The attributes without some of them. */
export function without(attributes: Attributes, ...names: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
}
