import { pino } from 'pino';
import { type Authentication, createAuthentication } from '../../shared/auth/authentication.ts';
import { Passwords } from '../../shared/auth/passwords.ts';
import { AccessControl } from '../../shared/http/auth.ts';
import type { Route } from '../../shared/http/route.ts';
import type { LockedDocument } from '../../shared/stores/documents/locked-document.ts';
import { MemoryDocument } from '../../shared/stores/documents/memory-document.ts';
import { type EdgeServer, serveEdge } from './edge-server.ts';
import { FakeClock } from './fake-clock.ts';
import type { Json } from './fleet-process.ts';
import { waitFor } from './wait-for.ts';

/** Hashing is not what these tests are about. */
const CHEAP = { cost: 16, blockSize: 8, parallel: 1 };
const LOOK_MS = 1_000;
const ADMIN_LINE = /^admin secret: (\S+)$/;

interface AuthRigOptions {
  readonly document?: LockedDocument;
  /** Instead of a document that is there at once. */
  readonly open?: () => Promise<LockedDocument>;
  readonly routes?: readonly Route[];
  readonly hasStatus?: boolean;
  readonly accounts?: boolean;
  readonly clusterSecret?: string;
}

/** One master's authentication on a port of its own, with a clock that the test moves. */
export class AuthRig implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly document: LockedDocument;
  readonly authentication: Authentication;
  readonly printed: readonly string[];
  /** Lines of the log. */
  readonly logged: readonly Json[];
  readonly url: string;
  readonly #server: EdgeServer;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(
    parts: Pick<AuthRig, 'clock' | 'document' | 'authentication' | 'printed' | 'logged'>,
    server: EdgeServer,
  ) {
    this.clock = parts.clock;
    this.document = parts.document;
    this.authentication = parts.authentication;
    this.printed = parts.printed;
    this.logged = parts.logged;
    this.url = server.url;
    this.#server = server;
    this.#running = parts.authentication.actor.run(this.#stop.signal);
  }

  static async start(options: AuthRigOptions = {}, clock = new FakeClock()): Promise<AuthRig> {
    const { document = new MemoryDocument(clock), hasStatus = false } = options;
    const printed: string[] = [];
    const logged: Json[] = [];
    const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) });
    const authentication = await createAuthentication({
      ...{ clock, hasStatus, log, open: options.open ?? (async () => document) },
      ...{ tokenMinutes: 60, keyDays: 30, passwords: new Passwords(CHEAP) },
      print: (line) => printed.push(line),
    });
    const auth = new AccessControl({
      ...{ clusterSecret: options.clusterSecret ?? '', userToken: '', clock },
      ...{ tokens: authentication.tokens, accounts: options.accounts ?? false },
    });
    const routes = [...authentication.routes, ...(options.routes ?? [])];
    const server = await serveEdge({ routes, auth, log });
    return new AuthRig({ clock, document, authentication, printed, logged }, server);
  }

  /** As if a second had passed for this master. */
  async look(): Promise<void> {
    const sleepers = await waitFor('that it sleeps', () => this.clock.sleepers);
    this.clock.advance(LOOK_MS);
    await waitFor('that it has looked', () => this.clock.sleepers === sleepers);
  }

  get adminSecret(): string {
    return ADMIN_LINE.exec(this.printed[0] ?? '')?.[1] ?? '';
  }

  async call(
    method: string,
    path: string,
    { token, body, headers = {} }: { token?: string; body?: unknown; headers?: object } = {},
  ): Promise<{ status: number; body: Json }> {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  async login(username: string, password: string): Promise<string> {
    const { body } = await this.call('POST', '/auth/login', { body: { username, password } });
    if (body.code !== 20_000) throw new Error(JSON.stringify(body));
    return body.data.token;
  }

  /** A token of the first admin. */
  admin(): Promise<string> {
    return this.login('admin', this.adminSecret);
  }

  /** A token of a new client. */
  async client(admin: string, services: readonly string[] | null, roles: readonly string[] = []) {
    const made = await this.call('POST', '/auth/clients', {
      ...{ token: admin, body: { name: 'a-client', services, roles } },
    });
    const { client_id, client_secret } = made.body.data;
    const { body } = await this.call('POST', '/auth/client', {
      body: { client_id, client_secret },
    });
    const token: string = body.data.access_token;
    return { id: String(client_id), secret: String(client_secret), token };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#stop.abort();
    await this.#running;
    await this.authentication.close();
  }
}
