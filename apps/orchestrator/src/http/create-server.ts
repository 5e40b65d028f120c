import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import { guardAccess } from './access.js';
import { answerBrokenRequest } from './broken-requests.js';
import { zodValidatorCompiler } from './check-part.js';
import { endConnectionsOnClose } from './end-connections.js';
import { answer, answerErrors } from './error-answers.js';
import type { EventStreamOptions } from './event-stream.js';
import type { HttpApp, HttpParts } from './http-app.js';
import { answerUnknownRoutes } from './known-paths.js';
import { logRequests } from './request-log.js';
import { registerMetrics } from './metrics.js';
import { describeApi } from './open-api.js';
import { addPageRoutes, pageFiles } from './page.js';
import { createProgressHub } from './progress-hub.js';
import { addArtifactRoutes } from './routes/artifacts.js';
import { addEventRoute } from './routes/events.js';
import { addMaintenanceRoutes } from './routes/maintenance.js';
import { addMapRoutes } from './routes/maps.js';
import { addModelRoutes } from './routes/models.js';
import { addPredictionRoutes } from './routes/predictions.js';
import { addProbeRoutes } from './routes/probes.js';
import { addResultRoutes } from './routes/results.js';
import { addRunRoutes } from './routes/runs.js';
import { addSessionRoutes } from './routes/session.js';
import { addSpecRoutes } from './routes/specs.js';
import { addThumbnailRoutes } from './routes/thumbnails.js';
import { openSpecFolder } from './spec-folder.js';
import { createUploadFolder } from './upload-folder.js';
import { zodSerializerCompiler, type ZodTypeProvider } from './zod-schemas.js';

/** The most bytes of a JSON body. A plan with some ten thousand files fits; files themselves are artifacts. */
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * How long a request may take to arrive: 2 GiB at 600 KB per second. Its headers have one minute, and a request without the token
 * is refused after them.
 */
const REQUEST_TIMEOUT_MS = 3_600_000;

/** The requests that one address may make per minute. A command that uploads a folder of images makes fewer. */
const REQUESTS_A_MINUTE = 6_000;

export interface HttpServerOptions extends HttpParts {
  readonly events?: EventStreamOptions;
  readonly requestsPerMinute?: number;
}

/**
 * Makes the HTTP server. It takes requests once it listens. Closing it ends event streams and removes its temporary files.
 * @throws ENVIRONMENT_INVALID if the folder for specs does not exist.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpApp> {
  const specFolder = options.specRoot === undefined ? undefined : await openSpecFolder(options.specRoot);
  const logger: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, request, reply) => void answer(error, request, reply),
    bodyLimit: BODY_LIMIT,
    // The check of the body refuses these keys and says so. The parser would say that the body is not JSON.
    ...{ onProtoPoisoning: 'ignore', onConstructorPoisoning: 'ignore' },
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 128 },
    clientErrorHandler: answerBrokenRequest,
    exposeHeadRoutes: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(zodValidatorCompiler);
  app.setSerializerCompiler(zodSerializerCompiler);
  answerErrors(app);
  const metrics = registerMetrics(app, { source: options.metrics, queue: options.queue });
  await app.register(rateLimit, { max: options.requestsPerMinute ?? REQUESTS_A_MINUTE, timeWindow: '1 minute' });
  const guard = guardAccess(app, options);
  logRequests(app);
  const page = await pageFiles();
  answerUnknownRoutes(app, page);
  refuseUnknownParameters(app);
  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.header('x-content-type-options', 'nosniff');
    done();
  });
  await describeApi(app, { token: options.token !== undefined });
  const hub = createProgressHub({
    control: options.control,
    onError: (error, runId) => logger.error({ err: error, runId }, 'following a run failed'),
  });
  const uploads = await createUploadFolder();
  app.addHook('preClose', (done) => {
    hub.close();
    done();
  });
  app.addHook('onClose', () => uploads.close());
  endConnectionsOnClose(app);
  const stored = { inputs: () => options.control.storedInputs(), filePath: options.filePath };
  const receiving = { stored, ...(specFolder === undefined ? {} : { folder: specFolder }) };
  addRunRoutes(app, options, receiving);
  addSpecRoutes(app, options, receiving);
  addResultRoutes(app, options);
  addEventRoute(app, options, hub, options.events);
  addMapRoutes(app, options);
  addModelRoutes(app, options);
  addThumbnailRoutes(app, options);
  addPredictionRoutes(app, options);
  addArtifactRoutes(app, options, uploads);
  addMaintenanceRoutes(app, options);
  addProbeRoutes(app, options, metrics);
  addSessionRoutes(app, guard);
  addPageRoutes(app, page);
  return app;
}

/** Refuses query parameters on routes that name none. */
function refuseUnknownParameters(app: HttpApp): void {
  app.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, querystring: route.schema?.querystring ?? z.strictObject({}) };
  });
}
