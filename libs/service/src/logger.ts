import pino, { type DestinationStream, type Logger } from 'pino';
import { readEnvironment } from './environment.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly name: string;
  /** The level if XAIGRID_LOG_LEVEL is not set. */
  readonly level: string;
}

/**
 * A logger that writes lines to stderr, so that stdout stays free for data. Lines are JSON, or plain text with
 * XAIGRID_LOG_PRETTY. Secrets are removed by key, at any depth.
 * @throws ENVIRONMENT_INVALID
 */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const environment = readEnvironment(['XAIGRID_LOG_LEVEL', 'XAIGRID_LOG_PRETTY'], []);
  return pino(
    {
      name: options.name,
      level: environment.XAIGRID_LOG_LEVEL ?? options.level,
      redact: {
        paths: ['url', 'token', 'password', '*.url', '*.token', '*.password', 'req.headers.authorization'],
        censor: '[secret]',
      },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    environment.XAIGRID_LOG_PRETTY === true ? await plainLines() : pino.destination({ fd: 2, sync: true }),
  );
}

/**
 * Writes one line per entry: time, level, name, message, then the other fields. Loading the formatter takes 20 ms, so JSON
 * loggers skip it.
 */
async function plainLines(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    ...{ destination: 2, sync: true, colorize: process.stderr.isTTY && (process.env.NO_COLOR ?? '') === '' },
    ...{ translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true },
  });
}

/** A logger that writes nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
