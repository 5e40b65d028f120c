import type { AttemptOptions } from '../attempts.js';
import type { NoticeListener } from '../notice.js';

/** How to log in to NATS; one of these. */
export type NatsAuthentication =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** An NKey user seed, `SU…`. */
  | { readonly nkeySeed: string }
  /** The path of a `.creds` file with JWT and seed. */
  | { readonly credentialsFile: string };

/** Paths of PEM files. Given at all, the connection must be encrypted. */
export interface NatsTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface JetStreamQueueOptions extends AttemptOptions {
  /**
   * `host:port`, `nats://host:port` or `tls://host:port`; several for a NATS cluster. A login in the address
   * (`nats://user:password@host`, `nats://token@host`) counts when `authentication` is not given.
   */
  readonly servers: string | readonly string[];
  readonly authentication?: NatsAuthentication;
  readonly tls?: NatsTls;
  /** What NATS lists this connection as, for example `explainer-worker host:1234`. */
  readonly name: string;
  /** First token of all subjects and start of the streams' names: several installations can share one NATS. Default `XAIGRID`. */
  readonly prefix?: string;
  /**
   * Milliseconds after which a task whose worker fell silent is given to another; workers say three times as often that they
   * are alive. Default 60 000. Every process of a cluster should have the same; the one started last decides.
   */
  readonly ackWaitMs?: number;
  /** Copies of the streams in a NATS cluster; default 1. */
  readonly replicas?: number;
  /** Milliseconds that `publish`, `depth` and `discard` outwait a NATS that went away; default 60 000. */
  readonly patienceMs?: number;
  /** Aborts connecting; without effect once the queue is open. */
  readonly signal?: AbortSignal;
  readonly onNotice?: NoticeListener;
}
