/** A first-in, first-out list. `shift` costs the same for any length. */
export interface Fifo<Item> {
  readonly length: () => number;
  readonly push: (item: Item) => void;
  readonly shift: () => Item | undefined;
  readonly keep: (wanted: (item: Item) => boolean) => void;
}

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let head = 0;
  return {
    length: () => items.length - head,
    push: (item) => {
      items.push(item);
    },
    shift: () => {
      const item = items[head];
      if (head < items.length) {
        items[head] = undefined;
        head += 1;
      }
      // The taken part is dropped once it is the larger one. Each item is moved once on average.
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    keep: (wanted) => {
      items = items.slice(head).filter((item) => item !== undefined && wanted(item));
      head = 0;
    },
  };
}
