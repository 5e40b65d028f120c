export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** No event of ours is a thousandth of this. */
const LONGEST_LINE = 1_048_576;

/**
 * The events of a `text/event-stream` body, as the HTML standard parses them (ids and retry times are not used), and each
 * comment as an event named `comment`: they show that the connection lives. What the end of the body cuts off is dropped.
 */
export async function* serverSentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let event = '';
  let data: string[] = [];
  for await (const line of lines(body)) {
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line.startsWith(':')) yield { event: 'comment', data: line.slice(1).trimStart() };
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the very end may be the first half of a line's end.
    const complete = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
    const parts = complete.split(/\r\n|\n|\r/);
    rest = (parts.pop() ?? '') + rest.slice(complete.length);
    if (rest.length > LONGEST_LINE) throw new RangeError('A line of the event stream is too long.');
    yield* parts;
  }
}
