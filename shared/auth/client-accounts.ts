import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Client, Enrolment } from './auth-document.ts';
import { CLIENT_PREFIX, type Role } from './auth-names.ts';
import type { AuthStore } from './auth-store.ts';
import { enrolmentToken, useEnrolment, withEnrolment, withoutEnrolment } from './enrolments.ts';
import { freshId, freshSecret, secretHash } from './secrets.ts';
import { withChangedClient, withClient } from './subjects.ts';

const MINUTE_MS = 60_000;

interface ClientAccountsDeps {
  readonly store: AuthStore;
  readonly clock: Clock;
}

interface NewClient {
  readonly name: string;
  readonly services: readonly string[] | null;
  readonly roles: readonly Role[];
}

interface ClientChange {
  readonly name?: string | undefined;
  readonly services?: readonly string[] | null | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly disabled?: boolean | undefined;
  readonly new_secret?: boolean | undefined;
}

interface NewEnrolment {
  readonly services: readonly string[];
  readonly uses: number;
  readonly minutes: number;
}

/** With the secret, which is shown this once. */
type NewlyMade = ReturnType<typeof shown> & { readonly client_secret: string };

/** Programs that call: made by an admin, or by themselves with what an admin gave them. */
export class ClientAccounts {
  readonly #deps: ClientAccountsDeps;

  constructor(deps: ClientAccountsDeps) {
    this.#deps = deps;
  }

  list(): object[] {
    return this.#deps.store.state.document.clients.map(shown);
  }

  /** @throws AppError `conflict` for one too many. */
  async create(asked: NewClient): Promise<NewlyMade> {
    requirePurpose(asked);
    const { client, secret } = this.#fresh(asked);
    await this.#deps.store.change((document) => ({
      document: withClient(document, client),
      result: undefined,
    }));
    return { ...shown(client), client_secret: secret };
  }

  /** All tokens that it has are void. @throws AppError `not_found`. */
  async change(id: string, asked: ClientChange): Promise<object> {
    const { name, services, roles, disabled, new_secret: isSecretNew = false } = asked;
    const secret = freshSecret();
    const change = {
      ...(name !== undefined && { name }),
      ...(services !== undefined && { services: services === null ? null : [...services] }),
      ...(roles !== undefined && { roles: [...roles] }),
      ...(disabled !== undefined && { isDisabled: disabled }),
      ...(isSecretNew && { secretHash: secretHash(secret) }),
    };
    const changed = await this.#deps.store.change((before) => {
      const document = withChangedClient(before, id, change);
      const client = document.clients.find((each) => each.id === id);
      if (client !== undefined) requirePurpose(client);
      return { document, result: client === undefined ? {} : shown(client) };
    });
    return { ...changed, ...(isSecretNew && { client_secret: secret }) };
  }

  /** @throws AppError `not_found`. */
  async remove(id: string): Promise<void> {
    await this.#deps.store.change((document) => ({
      document: withChangedClient(document, id, null),
      result: undefined,
    }));
  }

  enrolments(): object[] {
    const { clock, store } = this.#deps;
    const nowMs = clock.now();
    const { enrolments } = store.state.document;
    return enrolments
      .filter(({ usesLeft, untilMs }) => usesLeft > 0 && untilMs > nowMs)
      .map(shownEnrolment);
  }

  /** The token is shown this once. @throws AppError `conflict` for one too many. */
  async offer({ services, uses, minutes }: NewEnrolment, by: string) {
    const { store, clock } = this.#deps;
    const secret = freshSecret();
    const enrolment: Enrolment = {
      ...{ id: freshId(), hash: secretHash(secret), services: [...services] },
      ...{ usesLeft: uses, untilMs: clock.now() + minutes * MINUTE_MS, createdBy: by },
    };
    await store.change((document) => ({
      document: withEnrolment(document, enrolment),
      result: undefined,
    }));
    return { ...shownEnrolment(enrolment), token: enrolmentToken(enrolment.id, secret) };
  }

  /** @throws AppError `not_found`. */
  async withdraw(id: string): Promise<void> {
    await this.#deps.store.change((document) => ({
      document: withoutEnrolment(document, id),
      result: undefined,
    }));
  }

  /** @throws AppError `forbidden` for a token that is none, or none any more. */
  async enrol(token: string, name: string): Promise<NewlyMade> {
    const { store, clock } = this.#deps;
    // Who guesses is refused by what is known here, and keeps nobody from the store.
    await store.look();
    useEnrolment(store.state.document, token, clock.now());
    return store.change((before) => {
      const { document, enrolment } = useEnrolment(before, token, clock.now());
      const { services } = enrolment;
      const { client, secret } = this.#fresh({ name, services, roles: [] });
      const result = { ...shown(client), client_secret: secret };
      return { document: withClient(document, client), result };
    });
  }

  #fresh({ name, services, roles }: NewClient) {
    const secret = freshSecret();
    const client = {
      ...{ id: CLIENT_PREFIX + freshId(), name, secretHash: secretHash(secret) },
      ...{ services: services === null ? null : [...services], roles: [...roles] },
      ...{ isDisabled: false, createdMs: this.#deps.clock.now() },
    };
    return { client, secret };
  }
}

/** A token for everything says for what. */
function requirePurpose({ services, roles }: Pick<NewClient, 'services' | 'roles'>): void {
  if (services === null ? roles.length > 0 : services.length > 0) return;
  throw new AppError(
    'invalid',
    'a client has services, or (services null) a role: name the services that it may touch',
  );
}

function shown({ id, name, services, roles, isDisabled, createdMs }: Omit<Client, 'epoch'>) {
  const created_at = new Date(createdMs).toISOString();
  return { client_id: id, name, services, roles, disabled: isDisabled, created_at };
}

function shownEnrolment({ id, services, usesLeft, untilMs, createdBy }: Enrolment) {
  const expires_at = new Date(untilMs).toISOString();
  return { id, services, uses_left: usesLeft, expires_at, created_by: createdBy };
}
