import pino, { type DestinationStream, type Logger } from 'pino';
import { readEnvironment } from './environment.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly name: string;
  /** Where XAIGRID_LOG_LEVEL does not say otherwise. */
  readonly level: string;
}

/**
 * Lines on stderr, so that stdout stays for data: JSON, or with XAIGRID_LOG_PRETTY plain text for people. Secrets are cut out by key wherever
 * they stand.
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

/** One line an entry: time, level, name, message, then what else it says. Loading the formatter takes 20 ms, which only who reads it pays. */
async function plainLines(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    ...{ destination: 2, sync: true, colorize: process.stderr.isTTY && (process.env.NO_COLOR ?? '') === '' },
    ...{ translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true },
  });
}

/** A logger that says nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
