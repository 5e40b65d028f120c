import type { IncomingMessage, Server, ServerResponse } from 'node:http';
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
  readonly logger: Logger;
  /** Required for every request except to /healthz. Without it, only requests from this machine are answered. */
  readonly token?: string;
  /** The folder that must contain the files of specs. Without it, specs that name files are refused. */
  readonly specRoot?: string;
}
