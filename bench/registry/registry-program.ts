import { z } from 'zod';
import type { BenchContext } from '../support/bench-case.ts';
import { FleetProgram } from '../support/fleet-program.ts';

const SERVICE = 'bench';
/** Registrations on their way at once. */
const IN_FLIGHT = 64;
const DAY_SECONDS = 86_400;

const SECRET = /admin secret: (\S+)/;
const Login = z.object({ code: z.literal(20_000), data: z.object({ token: z.string() }) });
const Registered = z.object({ code: z.literal(20_000) });
const RENEWED = /^logkit_fleet_registry_renewals_total\{outcome="renewed"\} (\d+)$/m;

/** A master whose registry knows so many instances, which need not renew within the run. */
export class RegistryProgram implements AsyncDisposable {
  readonly token: string;
  readonly #fleet: FleetProgram;

  private constructor(fleet: FleetProgram, token: string) {
    this.#fleet = fleet;
    this.token = token;
  }

  static async start(instances: number, context: BenchContext): Promise<RegistryProgram> {
    const fleet = await FleetProgram.start(
      context,
      { enable: true, is_master: true },
      { registry: { lease_ttl_seconds: DAY_SECONDS } },
    );
    const password = SECRET.exec(fleet.output)?.[1] ?? '';
    const login = await fleet.ask('POST', '/auth/login', { username: 'admin', password });
    const program = new RegistryProgram(fleet, Login.parse(JSON.parse(login.text)).data.token);
    await program.#register(idsOf(instances));
    return program;
  }

  get url(): string {
    return this.#fleet.url;
  }

  get pid(): number {
    return this.#fleet.pid;
  }

  /** Renewals that it took so far. */
  async renewals(): Promise<number> {
    return Number(RENEWED.exec(await this.#fleet.tell('GET', '/metrics'))?.[1] ?? 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#fleet[Symbol.asyncDispose]();
  }

  async #register(ids: readonly string[]): Promise<void> {
    const left = ids.values();
    const worker = async () => {
      for (const id of left) {
        const body = { id, name: SERVICE, address: '127.0.0.1:80' };
        const { text } = await this.#fleet.ask('POST', '/registry/services', body, this.token);
        Registered.parse(JSON.parse(text));
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  }
}

export function idsOf(instances: number): readonly string[] {
  return Array.from({ length: instances }, (_, i) => `${SERVICE}-${i}`);
}
