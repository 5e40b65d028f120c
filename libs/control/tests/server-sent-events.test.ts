import { expect, it } from 'vitest';
import { serverSentEvents, type ServerSentEvent } from '../src/http/server-sent-events.js';

async function eventsOf(chunks: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }
  const events: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(body())) events.push(event);
  return events;
}

const text =
  'retry: 2000\n\n: still here\n\nevent: progress\r\ndata: {"a":\r\ndata:"ö"}\r\n\r\ndata\rid: 7\r\revent: end\ndata:  x: y \n\nevent: cut\ndata: off';
const expected: ServerSentEvent[] = [
  { event: 'comment', data: 'still here' },
  { event: 'progress', data: '{"a":\n"ö"}' },
  { event: 'message', data: '' },
  { event: 'end', data: ' x: y ' },
];

it('reads events as the HTML standard says, and comments', async () => {
  expect(await eventsOf([Buffer.from(text)])).toEqual(expected);
});

it('reads the same wherever the bytes are cut', async () => {
  const bytes = Buffer.from(text);
  expect(await eventsOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  for (let cut = 1; cut < bytes.length; cut++)
    expect(await eventsOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
});

it('does not collect a line without end', async () => {
  await expect(eventsOf(Array.from({ length: 20 }, () => Buffer.alloc(100_000, 'x')))).rejects.toThrow(RangeError);
});
