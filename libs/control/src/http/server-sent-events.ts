import { createParser } from 'eventsource-parser';

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Our events are all less than a thousandth of this. */
const LONGEST_EVENT = 1_048_576;

/**
 * The events of a `text/event-stream` body (ids and retry times are not used), and each comment as an event named `comment`: they
 * show that the connection lives. The part of an event that the end of the body cuts off is dropped.
 * @throws RangeError for an event that is too long
 */
export async function* serverSentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const found: ServerSentEvent[] = [];
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ event = 'message', data }) => found.push({ event, data }),
    onComment: (comment) => found.push({ event: 'comment', data: comment }),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw new RangeError('An event of the stream is too long.');
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* found.splice(0);
  }
}
