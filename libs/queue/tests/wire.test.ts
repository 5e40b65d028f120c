import { describe, expect, it } from 'vitest';
import { readAcknowledgeAddress } from '../src/jetstream/message.js';
import { readServers } from '../src/jetstream/servers.js';
import { canPurgeByRun } from '../src/jetstream/server-version.js';

describe('readAcknowledgeAddress', () => {
  // The two forms of NATS ADR-15.
  it.each([
    ['$JS.ACK.XAIGRID_TASKS.explain.3.41.57.1700000000000000000.5', 3, 41],
    ['$JS.ACK.hub.ABCDEF.XAIGRID_TASKS.explain.2.7.9.1700000000000000000.0', 2, 7],
    ['$JS.ACK._.ABCDEF.XAIGRID_TASKS.explain.1.7.9.1700000000000000000.0.random', 1, 7],
  ])('reads deliveries and sequence of %s', (address, deliveries, sequence) => {
    expect(readAcknowledgeAddress(address)).toEqual({ deliveries, sequence });
  });

  it.each(['', '_INBOX.abc', '$JS.ACK.a.b.c.d.e.f.g'])('refuses "%s"', (address) => {
    expect(() => readAcknowledgeAddress(address)).toThrow('is not a JetStream acknowledgement address');
  });
});

describe('readServers', () => {
  it('reads lists, default ports, logins and encryption', () => {
    expect(readServers('a, nats://b:1234,tls://[::1]:4443')).toEqual({
      addresses: ['a:4222', 'b:1234', '[::1]:4443'],
      authentication: undefined,
      encrypted: true,
    });
    expect(readServers(['nats://a', 'nats://user:p%40ss@b']).authentication).toEqual({ user: 'user', password: 'p@ss' });
    expect(readServers('nats://secret@a').authentication).toEqual({ token: 'secret' });
  });
});

it.each([
  ['2.9.10', false],
  ['2.10.10', false],
  ['2.10.11', true],
  ['2.10.11-RC.1', true],
  ['2.11.0', true],
  ['3.0.0', true],
  [undefined, false],
])('purges by run on server %s: %s', (version, expected) => {
  expect(canPurgeByRun(version)).toBe(expected);
});
