import { XaigridError } from '@xaigrid/contracts';
import { layerNamed, type LayerDescription, type ModelDescription } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';

/** The attention of one block. */
interface Block {
  /** The layer of its probabilities. */
  readonly layer: string;
  readonly aliases: readonly string[];
  readonly heads: number;
  /** The layer with the sum at the end of the block. Absent if the model has none. */
  readonly sum?: string;
}

/** The attention of a model whose tokens lie on one grid, from the input to the output. */
export interface TokenAttention {
  readonly blocks: readonly Block[];
  /** How many tokens there are, with those around the grid. */
  readonly tokens: number;
  readonly grid: readonly number[];
  /** The tokens before the grid. */
  readonly before: number;
  /** The tokens that the head reads: mostly the class token, or the grid. All if it cannot be told. */
  readonly read: readonly number[];
}

/**
 * The attention that a method of this family explains.
 * @param title the method's name in messages
 * @throws OPERATION_UNSUPPORTED if the model has none, or if one of its attentions is not between all tokens of one grid
 */
export function tokenAttention(title: string, model: ModelDescription): TokenAttention {
  const refuse = (why: string): never => {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `${title} needs attention between all tokens of the sample, and ${why}. Choose a method that does not, such as grad-cam or integrated-gradients.`,
    );
  };
  const { attention = [], readTokens } = model;
  const last = attention.at(-1);
  if (last === undefined) return refuse('the model has none');
  const apart = attention.findIndex(({ layer }) => layer === undefined);
  if (apart !== -1) {
    const where = attention[apart]?.reads;
    return refuse(
      `that of block ${String(apart + 1)}${where === undefined ? '' : `, after layer "${where}",`} is within windows, or has its heads in the axis of the samples`,
    );
  }
  const named = attention.map(({ layer = '', sum }) => ({ ...(sum === undefined ? {} : { sum }), of: layerNamed(model, layer) }));
  const place = last.reads === undefined ? undefined : placeOf(layerNamed(model, last.reads));
  if (place === undefined) return refuse(`where the tokens of layer "${last.layer ?? ''}" lie on the sample is not known`);
  const tokens = sizeOf(place.grid) + place.before + place.after;
  const other = named.find(({ of: { shape } }) => shape.at(-1) !== tokens || shape.at(-2) !== tokens);
  if (other !== undefined) {
    const { name, shape } = other.of;
    return refuse(
      `layer "${name}" is attention of ${String(shape.at(-2))} queries to ${String(shape.at(-1))} keys, where the last block has ${tokens} tokens`,
    );
  }
  return {
    blocks: named.map(({ of, sum }) => ({
      layer: of.name,
      aliases: of.aliases ?? [],
      heads: of.shape.length === 3 ? (of.shape[0] ?? 1) : 1,
      ...(sum === undefined ? {} : { sum }),
    })),
    ...{ tokens, grid: place.grid, before: place.before },
    read: readTokens ?? Array.from({ length: tokens }, (_, token) => token),
  };
}

/** Where the tokens of a layer lie: on the grid of a layer of tokens, or at each position. */
function placeOf({ shape, tokens }: LayerDescription) {
  return tokens ?? { grid: shape.slice(0, -1), before: 0, after: 0 };
}

/** Values of the attentions of one sample: for a call's size. */
export function attentionValues({ blocks, tokens }: TokenAttention): number {
  return blocks.reduce((sum, { heads }) => sum + heads * tokens * tokens, 0);
}
