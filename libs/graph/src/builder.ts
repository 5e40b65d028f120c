import { XaigridError } from '@xaigrid/contracts';
import { scalar } from './constants.js';
import {
  OPSET,
  type Attributes,
  type Constant,
  type ElementType,
  type Graph,
  type GraphNode,
  type Shape,
  type ValueInfo,
} from './graph.js';
import { liveNodes } from './live-nodes.js';
import { inferenceOf, inferNode, unknownShape } from './shapes/infer.js';
import type { TypeAndShape } from './shapes/shape-rule.js';

/** The names that the values of an inlined graph have in the builder. */
export interface Inlined {
  /** The outputs of the inlined graph under their new names, in order. */
  readonly outputs: readonly string[];
  /** Every value of the inlined graph, old name → new name. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Builds a graph node by node, in topological order. It knows the type and shape of every value, as far as they can be inferred.
 * A builder may hold several inlined graphs (a model's forward graph once or several times), with nodes between them.
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: GraphNode[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: string[] = [];
  readonly #constants = new Map<string, Constant>();
  /** One name per constant object, so that a model inlined twice has its weights once. */
  readonly #constantNames = new Map<Constant, string>();
  readonly #infos = new Map<string, TypeAndShape | undefined>();
  readonly #producers = new Map<string, GraphNode>();
  readonly #taken = new Set<string>();
  /** The names of nodes. ONNX Runtime requires distinct ones. */
  readonly #nodeNames = new Set<string>();
  readonly #scalars = new Map<string, Constant>();
  readonly #counters = new Map<string, number>();

  constructor(name = 'xaigrid') {
    this.#name = name;
  }

  /** A builder that starts with `graph` and keeps its names. */
  static from(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder(graph.name);
    for (const { name, type, shape } of graph.inputs) builder.input(name, type, shape);
    for (const [name, constant] of graph.constants) builder.#addConstant(builder.#claim(name), constant);
    for (const node of graph.nodes) builder.add(node);
    builder.#annotateAll(graph);
    for (const { name } of graph.outputs) builder.output(name);
    return builder;
  }

  /**
   * Annotates all values at once. Shapes that are computed from the batch can be inferred for a whole graph, but not node by
   * node.
   */
  #annotateAll({ inputs, nodes, constants }: Graph): void {
    if (nodes.every(({ outputs }) => outputs.every((name) => name === '' || this.hasInfo(name)))) return;
    const inference = inferenceOf(inputs, constants);
    for (const node of nodes) {
      const infos = inference.infer(node);
      node.outputs.forEach((name, index) => {
        const info = infos?.[index];
        if (name !== '' && info !== undefined) this.annotate(name, info);
      });
    }
  }

  /** A name that is not used yet: `base`, or `base:1`, `base:2`, … */
  fresh(base: string): string {
    let name = base;
    let count = this.#counters.get(base) ?? 0;
    while (this.#taken.has(name)) name = `${base}:${String(++count)}`;
    this.#counters.set(base, count);
    this.#taken.add(name);
    return name;
  }

  /**
   * Adds a graph input.
   * @throws TypeError when the name is in use.
   */
  input(name: string, type: ElementType, shape: Shape): string {
    this.#claim(name);
    this.#inputs.push({ name, type, shape });
    this.#infos.set(name, { type, shape });
    return name;
  }

  /** Makes a value a graph output. With `as`, the output gets that name (through an Identity node). */
  output(value: string, as?: string): string {
    let name = value;
    if (as !== undefined && as !== value) {
      name = this.#claim(as);
      this.#addNode({ name: as, op: 'Identity', inputs: [value], outputs: [name], attributes: {} });
    }
    if (!this.#outputs.includes(name)) this.#outputs.push(name);
    return name;
  }

  constant(constant: Constant, base = 'constant'): string {
    const known = this.#constantNames.get(constant);
    return known ?? this.#addConstant(this.fresh(base), constant);
  }

  /** A scalar constant. Each value and type is added once. */
  scalar(value: number, type: ElementType = 'float'): string {
    const key = `${type} ${Object.is(value, -0) ? '-0' : String(value)}`;
    const constant = this.#scalars.get(key) ?? scalar(value, type);
    this.#scalars.set(key, constant);
    return this.constant(constant, `scalar ${key}`);
  }

  /** Adds a node and returns the name of its output. */
  node(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Adds a node with several outputs and returns their names. */
  node(op: string, inputs: readonly string[], attributes: Attributes, outputs: number): string[];
  node(op: string, inputs: readonly string[], attributes: Attributes = {}, outputs?: number): string | string[] {
    const name = this.fresh(op);
    const names = Array.from({ length: (outputs ?? 1) - 1 }, (_, index) => this.fresh(`${name}.${String(index + 1)}`));
    this.#addNode({ name, op, inputs, outputs: [name, ...names], attributes });
    return outputs === undefined ? name : [name, ...names];
  }

  /**
   * Adds a node unchanged, with its own names.
   * @throws TypeError when the name of one of its outputs is in use
   */
  add(node: GraphNode): void {
    this.#addNode({ ...node, outputs: node.outputs.map((name) => this.#claim(name)) });
  }

  /**
   * Adds a node whose first output is called `name` (or `name:1`, … if that is in use). It is for values that a reader should
   * recognise.
   */
  named(name: string, op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const output = this.fresh(name);
    this.#addNode({ name: output, op, inputs, outputs: [output], attributes });
    return output;
  }

  /**
   * Copies `graph` into this one. Values of this builder replace its inputs; its other values get `prefix` and a fresh name.
   * Constants are shared, not copied.
   * @param options.tap may put another value in the place of a node's output: the nodes behind it, and `values`, get that one
   */
  inline(
    graph: Graph,
    options: {
      readonly inputs: Readonly<Record<string, string>>;
      readonly prefix?: string;
      readonly tap?: (name: string, value: string) => string;
    },
  ): Inlined {
    const { inputs, prefix = '', tap } = options;
    const values = new Map<string, string>();
    for (const { name } of graph.inputs) {
      const value = inputs[name];
      if (value === undefined) throw new TypeError(`Inlining "${graph.name}" needs a value for its input "${name}".`);
      values.set(name, value);
    }
    for (const [name, constant] of graph.constants) values.set(name, this.constant(constant, name));
    const renamed = (name: string) => (name === '' ? '' : (values.get(name) ?? nameless(graph, name)));
    for (const node of graph.nodes) {
      const nodeInputs = node.inputs.map(renamed);
      const outputs = node.outputs.map((name) => {
        if (name === '') return '';
        const fresh = this.fresh(prefix + name);
        values.set(name, fresh);
        return fresh;
      });
      this.#addNode({ ...node, name: prefix + node.name, inputs: nodeInputs, outputs });
      if (tap === undefined) continue;
      node.outputs.forEach((name, index) => {
        if (name !== '') values.set(name, tap(name, outputs[index] ?? ''));
      });
    }
    return { outputs: graph.outputs.map(({ name }) => renamed(name)), values };
  }

  /**
   * The type and shape of a value.
   * @throws OPERATION_UNSUPPORTED when a node before it has no shape rule.
   */
  info(value: string): TypeAndShape {
    const info = this.#infos.get(value);
    if (info !== undefined) return info;
    const producer = this.#producers.get(value);
    if (producer === undefined) throw new TypeError(`"${value}" is not a value of graph "${this.#name}".`);
    throw new XaigridError('OPERATION_UNSUPPORTED', unknownShape(producer));
  }

  /** Whether the value's type and shape are known. */
  hasInfo(value: string): boolean {
    return this.#infos.get(value) !== undefined;
  }

  /** Sets the type and shape of a value that shape inference cannot find, for example behind a computed shape. */
  annotate(value: string, info: TypeAndShape): void {
    if (!this.hasInfo(value)) this.#infos.set(value, { type: info.type, shape: info.shape });
  }

  constantOf(value: string): Constant | undefined {
    return this.#constants.get(value);
  }

  producerOf(value: string): GraphNode | undefined {
    return this.#producers.get(value);
  }

  /** The nodes so far, in topological order. */
  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  /** The finished graph, without nodes and constants that no output needs. */
  build(): Graph {
    const nodes = liveNodes(this.#nodes, this.#outputs);
    const used = new Set([...nodes.flatMap((node) => node.inputs), ...this.#outputs]);
    return {
      name: this.#name,
      opset: OPSET,
      inputs: [...this.#inputs],
      outputs: this.#outputs.map((name) => ({ name, type: this.info(name).type, shape: this.info(name).shape })),
      nodes,
      constants: new Map([...this.#constants].filter(([name]) => used.has(name))),
    };
  }

  #claim(name: string): string {
    if (name !== '' && this.fresh(name) !== name) throw new TypeError(`Graph "${this.#name}" already has a value "${name}".`);
    return name;
  }

  #nodeName(base: string): string {
    let name = base;
    for (let count = 1; this.#nodeNames.has(name); count++) name = `${base}:${String(count)}`;
    this.#nodeNames.add(name);
    return name;
  }

  #addConstant(name: string, constant: Constant): string {
    this.#constants.set(name, constant);
    this.#constantNames.set(constant, name);
    this.#infos.set(name, { type: constant.type, shape: constant.shape });
    return name;
  }

  #addNode(added: GraphNode): void {
    const node = { ...added, name: this.#nodeName(added.name) };
    this.#nodes.push(node);
    const infos = inferNode(
      node,
      (name) => this.#infos.get(name),
      (name) => this.#constants.get(name),
    );
    node.outputs.forEach((output, index) => {
      if (output === '') return;
      this.#infos.set(output, infos?.[index]);
      this.#producers.set(output, node);
    });
  }
}

function nameless(graph: Graph, name: string): never {
  throw new TypeError(`Graph "${graph.name}" uses "${name}" before it is computed.`);
}
