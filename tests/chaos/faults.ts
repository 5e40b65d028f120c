import type { TcpProxy } from '../support/tcp-proxy.js';
import type { Supervised } from '../support/supervised.js';
import type { FragileServer } from './servers.js';

/** What a chaos run is made of. */
export interface Victims {
  readonly services: Readonly<Record<'orchestrator' | 'explainer-worker' | 'metrics-worker', readonly Supervised[]>>;
  readonly servers: Readonly<Record<'postgres' | 'nats', FragileServer>>;
  /** Stretches of network, each with half of the services on it. */
  readonly lines: Readonly<Record<'postgres' | 'nats', readonly TcpProxy[]>>;
  /** Sets the services' wall clock off by so much. */
  readonly setClock: (offsetMs: number) => Promise<void>;
}

export interface Chance {
  /** In [0, 1). */
  readonly random: () => number;
  /** Factor for how long faults last. */
  readonly scale: number;
}

/** One kind of fault on one kind of victim. */
export interface Fault {
  readonly name: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** What it takes hold of: no second fault takes hold of the same at the same time. */
  readonly victim: (chance: Chance) => string;
  /** Does it and puts it right. @returns false when it could not be done here */
  readonly inflict: (victim: string, chance: Chance) => Promise<boolean>;
}

type ServiceName = keyof Victims['services'];
type ServerName = keyof Victims['servers'];

const services: readonly ServiceName[] = ['orchestrator', 'explainer-worker', 'metrics-worker'];
const servers: readonly ServerName[] = ['postgres', 'nats'];

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function between(low: number, high: number, { random, scale }: Chance): number {
  return scale * (low + (high - low) * random());
}

/** `nats 1`: the name and the place of one among several. */
function oneOf(name: string, count: number, { random }: Chance): string {
  return `${name} ${Math.floor(random() * count)}`;
}

function placeOf(victim: string): number {
  return Number(victim.split(' ').at(-1));
}

export function faultsOf(victims: Victims): Fault[] {
  return [
    ...services.flatMap((name) => serviceFaults(name, victims.services[name])),
    ...servers.flatMap((name) => serverFaults(name, victims.servers[name])),
    ...servers.flatMap((name) => lineFaults(name, victims.lines[name])),
    clockFault(victims),
  ];
}

function serviceFaults(name: ServiceName, among: readonly Supervised[]): Fault[] {
  const victim = (chance: Chance): string => oneOf(name, among.length, chance);
  const send = (place: string, signal: NodeJS.Signals): boolean => among[placeOf(place)]?.current()?.child.kill(signal) ?? false;
  return [
    {
      ...{ name: `kill -9 ${name}`, weight: 4, victim },
      inflict: (place) => Promise.resolve(send(place, 'SIGKILL')),
    },
    {
      ...{ name: `freeze ${name}`, weight: 2, victim },
      async inflict(place, chance) {
        const frozen = among[placeOf(place)]?.current()?.child;
        if (frozen?.kill('SIGSTOP') !== true) return false;
        await wait(between(500, 20_000 * chance.random(), chance));
        frozen.kill('SIGCONT');
        return true;
      },
    },
  ];
}

function serverFaults(name: ServerName, server: FragileServer): Fault[] {
  const victim = (): string => name;
  const killed = name === 'nats' ? 5 : 2;
  return [
    {
      ...{ name: `kill -9 ${name}`, weight: killed, victim },
      inflict: (_place, chance) => server.kill(between(0, 2_000, chance)).then(() => true),
    },
    {
      ...{ name: `freeze ${name}`, weight: 1, victim },
      inflict: (_place, chance) => server.freeze(between(500, 12_000 * chance.random(), chance)).then(() => true),
    },
    {
      ...{ name: `disk of ${name} full`, weight: 0.5, victim },
      inflict: (_place, chance) => server.fillDisk(between(500, 5_000, chance)),
    },
  ];
}

function lineFaults(name: ServerName, lines: readonly TcpProxy[]): Fault[] {
  const victim = (chance: Chance): string => oneOf(`line to ${name}`, lines.length, chance);
  const fault = (what: string, weight: number, longest: number, begin: (line: TcpProxy) => void): Fault => ({
    ...{ name: `${what} ${name}`, weight, victim },
    async inflict(place, chance) {
      const line = lines[placeOf(place)];
      if (line === undefined) return false;
      begin(line);
      await wait(between(0, longest, chance));
      line.mend();
      return true;
    },
  });
  return [
    fault('reset connections to', 2, 0, (line) => line.cut()),
    fault('refuse connections to', 1, 8_000, (line) => line.cut()),
    fault('swallow what goes to', 1, 10_000, (line) => line.stall()),
    fault('slow the line to', 0.5, 5_000, (line) => line.slow(30)),
  ];
}

/** Hours there and back, and seconds, as when a clock is set by hand or by NTP. */
function clockFault({ setClock }: Victims): Fault {
  return {
    ...{ name: 'set the services’ clock', weight: 1.5, victim: () => 'clock' },
    async inflict(_victim, { random }) {
      const reach = random() < 0.5 ? 5_000 : 7_200_000;
      await setClock(Math.round(reach * (2 * random() - 1)));
      return true;
    },
  };
}
