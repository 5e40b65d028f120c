import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FileReference } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { ArtifactRepository } from '@xaigrid/store';
import type { WorkQueue } from '@xaigrid/queue';
import type { Logger } from '@xaigrid/service';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { MetricsSource } from './metrics-source.js';
import type { ZodTypeProvider } from './zod-schemas.js';

/** The server with the types of our schemas. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What the API needs. */
export interface HttpParts {
  readonly control: RunControl;
  readonly artifacts: Pick<ArtifactRepository, 'has' | 'putFile'>;
  readonly queue: Pick<WorkQueue, 'healthy' | 'depth' | 'deadLetters'>;
  readonly metrics: MetricsSource;
  /** Where a stored file is on this machine. It is fetched if need be. */
  readonly filePath: (file: FileReference) => Promise<string>;
  /** Whether this process itself computes. Then the cost of a plan is timed here. */
  readonly computesHere?: boolean;
  readonly logger: Logger;
  /** Required for every request except to /healthz. Without it, only requests from this machine are answered. */
  readonly token?: string;
  /** A token with which a request may read everything but change nothing. */
  readonly readToken?: string;
  /** The address of Grafana for people. */
  readonly grafana?: string;
  /** Where small pictures are kept; without it each is made again. Default of `mostBytes`: 256 MiB. */
  readonly pictures?: { readonly folder: string; readonly mostBytes?: number };
  /** The folder that must contain the files of specs. Without it, specs that name files are refused. */
  readonly specRoot?: string;
}
