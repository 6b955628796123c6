import { z } from 'zod';
import { OPERATIONS, type Operation, operationNames } from './operations.ts';

type Schema = z.core.JSONSchema.BaseSchema;

const PARAMETER = /:(\w+)/g;
const SECURITY = [{ token: [] }];

/** The API as a document of OpenAPI 3.1, made of the rows and schemas that it is served by. */
export function openApiDocument(): object {
  const paths = new Map<string, Record<string, object>>();
  for (const name of operationNames()) {
    const operation: Operation = OPERATIONS[name];
    const path = operation.path.replaceAll(PARAMETER, '{$1}');
    const methods = paths.get(path) ?? {};
    paths.set(path, { ...methods, [operation.method.toLowerCase()]: described(name, operation) });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'logkit-fleet: registry of services',
      version: '1',
      description:
        'Every answer has the HTTP status 200 and tells by `code` what came of the call; with the ' +
        'header `X-Http-Status: true` failures have the HTTP status that goes with their code.',
    },
    security: SECURITY,
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Failure: FAILURE },
      responses: {
        Failure: {
          description: 'It failed.',
          content: jsonOf({ $ref: '#/components/schemas/Failure' }),
        },
      },
    },
  };
}

const FAILURE = {
  type: 'object',
  required: ['code', 'msg', 'data'],
  properties: {
    code: {
      enum: [40_000, 40_100, 40_300, 40_400, 50_000],
      description:
        '40000: the call is wrong. 40100: no valid token. 40300: not with this token. 40400: there is no such instance. 50000: the registry cannot do it now.',
    },
    msg: { type: 'string' },
    data: { description: 'Null, but for a removal of which a part has failed.' },
  },
};

function described(name: string, operation: Operation): object {
  const { summary, access, body, data } = operation;
  const isStream = operation.path === OPERATIONS.watch.path;
  const success = {
    type: 'object',
    required: ['code', 'msg', 'data'],
    properties: {
      code: { const: 20_000 },
      msg: { const: 'success' },
      data: typeof data === 'string' ? { const: data } : schemaOf(data, 'output'),
    },
  };
  return {
    operationId: name,
    summary,
    ...(access === 'admin' && { description: 'For tokens with the role `admin`.' }),
    parameters: parametersOf(operation),
    ...(body !== undefined && {
      requestBody: { required: true, content: jsonOf(schemaOf(body, 'input')) },
    }),
    responses: {
      200: {
        description: 'It succeeded, or says by its code why not.',
        content: {
          ...jsonOf({ oneOf: [success, { $ref: '#/components/schemas/Failure' }] }),
          ...(isStream && { 'text/event-stream': { schema: { type: 'string' } } }),
        },
      },
      default: { $ref: '#/components/responses/Failure' },
    },
  };
}

function parametersOf({ path, query }: Operation): object[] {
  const inPath = [...path.matchAll(PARAMETER)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  const { properties = {} } = query === undefined ? {} : schemaOf(query, 'input');
  const inQuery = Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = typeof property === 'boolean' ? {} : property;
    return {
      ...{ name, in: 'query', schema },
      ...(description !== undefined && { description }),
      ...(schema.type === 'object' && { style: 'deepObject', explode: true }),
    };
  });
  return [...inPath, ...inQuery];
}

function jsonOf(schema: object) {
  return { 'application/json': { schema } };
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): Schema {
  const made: Schema = z.toJSONSchema(schema, {
    ...{ io, unrepresentable: 'any' },
    override: ({ zodSchema, jsonSchema }) => {
      // Only what comes after a first step says what is wanted.
      if (zodSchema instanceof z.ZodPipe && zodSchema.in instanceof z.ZodTransform) {
        Object.assign(jsonSchema, schemaOf(zodSchema.out, io));
      }
      // Spelled out down to leap years it is of no use to anybody.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  delete made.$schema;
  return made;
}
