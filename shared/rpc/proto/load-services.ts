import protobuf from 'protobufjs';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { ProtoMessageCodec } from './message-codec.ts';
import type { MethodDefinition, ServiceDefinition } from './service-definition.ts';

export type ProtoSource =
  | { readonly text: string }
  /** Of a `.proto` file; what it imports is looked for beside it. */
  | { readonly path: string };

export interface LoadOptions {
  /** Methods (`package.Service/Method`) that may be executed twice, besides those whose option says so. */
  readonly idempotent?: readonly string[];
}

/** Values of the standard option `idempotency_level`. */
const IDEMPOTENT_LEVELS: ReadonlySet<unknown> = new Set(['NO_SIDE_EFFECTS', 'IDEMPOTENT']);

/**
 * The services of a `.proto` file, by their full names.
 *
 * @throws AppError `invalid` when it cannot be read, or has methods that stream.
 */
export function loadServices(
  source: ProtoSource,
  options: LoadOptions = {},
): ReadonlyMap<string, ServiceDefinition> {
  const name = 'path' in source ? source.path : 'the text';
  const root = resolved(source, name);
  const services = [...servicesIn(root)].map((service) => definition(service, options));
  if (services.length === 0) throw new AppError('invalid', `there is no service in ${name}`);
  const byName = new Map(services.map((service) => [service.fullName, service]));
  for (const method of options.idempotent ?? []) refuseUnknown(byName, method);
  return byName;
}

function resolved(source: ProtoSource, name: string): protobuf.Root {
  try {
    const root = new protobuf.Root();
    if ('path' in source) root.loadSync(source.path);
    else parseText(root, source.text);
    root.resolveAll();
    return root;
  } catch (thrown) {
    const message = `services cannot be read from ${name}: ${messageOf(thrown)}`;
    throw new AppError('invalid', message, { cause: thrown });
  }
}

function parseText(root: protobuf.Root, text: string): void {
  const { imports = [] } = protobuf.parse(text, root);
  for (const path of imports) {
    const known = protobuf.common.get(path);
    if (known?.nested === undefined) {
      throw new AppError('invalid', `it imports ${path}, which only a file with a path can`);
    }
    root.addJSON(known.nested);
  }
}

function* servicesIn(namespace: protobuf.NamespaceBase): Generator<protobuf.Service> {
  for (const nested of namespace.nestedArray) {
    if (nested instanceof protobuf.Service) yield nested;
    else if (nested instanceof protobuf.Namespace) yield* servicesIn(nested);
  }
}

function definition(service: protobuf.Service, options: LoadOptions): ServiceDefinition {
  const fullName = service.fullName.slice(1);
  const idempotent = new Set(options.idempotent);
  const methods = service.methodsArray.map((method): MethodDefinition => {
    const path = `${fullName}/${method.name}`;
    const { resolvedRequestType: request, resolvedResponseType: response } = method;
    if (method.requestStream === true || method.responseStream === true) {
      throw new AppError(
        'invalid',
        `${path} streams; only methods of one message each way can be called`,
      );
    }
    if (request === null || response === null) {
      throw new AppError('invalid', `the messages of ${path} are not known`);
    }
    return {
      name: method.name,
      request: new ProtoMessageCodec(request),
      response: new ProtoMessageCodec(response),
      idempotent:
        idempotent.has(path) || IDEMPOTENT_LEVELS.has(method.options?.['idempotency_level']),
    };
  });
  return { fullName, methods: new Map(methods.map((method) => [method.name, method])) };
}

function refuseUnknown(services: ReadonlyMap<string, ServiceDefinition>, path: string): void {
  const [service = '', method = ''] = path.split('/');
  if (services.get(service)?.methods.has(method) === true) return;
  throw new AppError(
    'invalid',
    `idempotent names ${path}, which is no method; package.Service/Method would be`,
  );
}
