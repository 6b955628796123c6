import type { Envelope } from '../../api/envelope.ts';
import { toJsonText } from '../../api/json-text.ts';
import { registryEnvelope } from '../../api/registry-envelope.ts';
import { type Access, type Call, RawAnswer, type Route } from '../../http/route.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Registry } from '../registry.ts';
import { inWords } from './failure-words.ts';
import { instanceAnswers } from './instance-answers.ts';
import { openApiDocument } from './open-api.ts';
import { OPERATIONS, type Operation, operationNames } from './operations.ts';
import { Renewals } from './renewals.ts';
import { serviceAnswers } from './service-answers.ts';
import { WatchAnswers } from './watch-answers.ts';

export interface RegistryHttpDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Answers have the HTTP status that goes with their code, also where a call does not ask for it. */
  readonly hasStatus?: boolean;
  /** Who may call, where the server has no accounts. */
  readonly access?: { readonly token: Access; readonly admin: Access };
}

export interface RegistryHttp {
  readonly routes: readonly Route[];
  /** Ends the answers that have no end of their own, so that the server can stop. */
  readonly endWatches: () => void;
}

const OPEN_API_PATH = '/registry/openapi.json';

type Answers = Readonly<Record<keyof typeof OPERATIONS, Route['answer']>>;

/** The HTTP API of a registry, as rows for a server. */
export function registryHttp(deps: RegistryHttpDeps): RegistryHttp {
  const { registry, clock, hasStatus = false } = deps;
  const access = { open: 'open', token: 'token', admin: 'admin', ...deps.access } as const;
  const envelope = registryEnvelope({ hasStatus });
  const renewed = toJsonText(envelope.success(OPERATIONS.renew.data));
  const renewals = new Renewals({ registry, renewed });
  const watches = new WatchAnswers({ registry, clock });
  const answers: Answers = {
    ...instanceAnswers({ registry, renewals, clock }),
    ...serviceAnswers({ registry, renewals, clock }),
    renew: (call) => renewals.one(call),
    renewAll: (call) => renewals.many(call),
    watch: (call) => watches.answer(call),
  };
  const rows = operationNames().map((name): Route => {
    const operation: Operation = OPERATIONS[name];
    const { method, path, hot = false } = operation;
    return {
      ...{ method, path, hot, envelope, access: access[operation.access], failure: '' },
      ...(operation.access === 'admin' && { audit: 'all' }),
      answer: told(operation, answers[name]),
    };
  });
  return { routes: [...rows, descriptionRow(envelope)], endWatches: () => watches.close() };
}

/** What it fails with is said in the words of the operation. */
function told(operation: Operation, answer: Route['answer']): Route['answer'] {
  return async (call: Call) => {
    try {
      return await answer(call);
    } catch (thrown) {
      throw inWords(thrown, operation);
    }
  };
}

/** How the API is described, for programs and people. */
function descriptionRow(envelope: Envelope): Route {
  let body: string | null = null;
  return {
    ...{ method: 'GET', path: OPEN_API_PATH, access: 'open', failure: '', envelope },
    answer: async () => {
      body ??= JSON.stringify(openApiDocument());
      return new RawAnswer({ contentType: 'application/json; charset=UTF-8', body });
    },
  };
}
