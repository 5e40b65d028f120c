import type { AttemptOptions } from '../attempts.js';
import type { NoticeListener } from '../notice.js';

/** One way to log in to NATS. */
export type NatsAuthentication =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** An NKey user seed, `SU…`. */
  | { readonly nkeySeed: string }
  /** The path of a `.creds` file with a JWT and a seed. */
  | { readonly credentialsFile: string };

/** Paths of PEM files. If given, even empty, the connection must be encrypted. */
export interface NatsTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** How to connect to NATS, and how the queue behaves. */
export interface JetStreamQueueOptions extends AttemptOptions {
  /**
   * `host:port`, `nats://host:port` or `tls://host:port`; several for a NATS cluster. A login in the address
   * (`nats://user:password@host`, `nats://token@host`) is used if `authentication` is not given.
   */
  readonly servers: string | readonly string[];
  readonly authentication?: NatsAuthentication;
  readonly tls?: NatsTls;
  /** The name of this connection in NATS's lists, for example `explainer-worker host:1234`. */
  readonly name: string;
  /**
   * The first token of all subjects, and the start of the streams' names. With different prefixes, several installations can
   * share one NATS. Default `XAIGRID`.
   */
  readonly prefix?: string;
  /**
   * The milliseconds after which a task of a silent worker is given to another worker. Workers report three times as often that
   * they are alive. Default 60 000. All processes of a cluster should use the same value; that of the last one to start applies.
   */
  readonly ackWaitMs?: number;
  /** The number of replicas of the streams in a NATS cluster. Default 1. */
  readonly replicas?: number;
  /** How many milliseconds `publish`, `depth` and `discard` wait for an unreachable NATS. Default 60 000. */
  readonly patienceMs?: number;
  /** Aborts connecting. It has no effect once the queue is open. */
  readonly signal?: AbortSignal;
  readonly onNotice?: NoticeListener;
}
