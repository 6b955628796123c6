import type { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type {
  ParserPlugin,
  ParserSpec,
  PluginInfo,
  ReaderPlugin,
  ReaderSpec,
  SenderPlugin,
  SenderSpec,
  SpecBase,
  TransformPlugin,
  TransformSpec,
} from './plugin.ts';

export function defineReader<Options>(spec: ReaderSpec<Options>): ReaderPlugin {
  const { partitioned } = spec;
  return {
    ...infoOf(spec),
    startsPrograms: spec.startsPrograms ?? false,
    hasPartitions: partitioned !== undefined,
    configure(given) {
      const options = parseOptions(spec.options, given, `reader ${spec.type}`);
      return {
        check: async (context) => spec.check?.(options, context),
        readPaths: () => spec.readPaths?.(options) ?? [],
        reads: (path) => spec.reads?.(options, path) ?? false,
        deletesAfterMs: () => spec.deletesAfterMs?.(options) ?? null,
        open: (opening, context) => spec.open(options, opening, context),
        ...(partitioned !== undefined && {
          partitioned: (partition, context) => partitioned(options, partition, context),
        }),
      };
    },
  };
}

export function defineParser<Options>(spec: ParserSpec<Options>): ParserPlugin {
  return {
    ...infoOf(spec),
    sampleLog: spec.sampleLog,
    ...(spec.headPattern === undefined ? {} : { headPattern: spec.headPattern }),
    configure(given) {
      const options = parseOptions(spec.options, given, `parser ${spec.type}`);
      return {
        readPaths: () => spec.readPaths?.(options) ?? [],
        open: (context) => spec.open(options, context),
      };
    },
  };
}

export function defineTransform<Options>(spec: TransformSpec<Options>): TransformPlugin {
  return {
    ...infoOf(spec),
    configure(given) {
      const options = parseOptions(spec.options, given, `transform ${spec.type}`);
      return {
        readPaths: () => spec.readPaths?.(options) ?? [],
        open: (context) => spec.open(options, context),
      };
    },
  };
}

export function defineSender<Options>(spec: SenderSpec<Options>): SenderPlugin {
  return {
    ...infoOf(spec),
    configure(given) {
      const options = parseOptions(spec.options, given, `sender ${spec.type}`);
      return {
        writePaths: () => spec.writePaths?.(options) ?? [],
        open: (context) => spec.open(options, context),
      };
    },
  };
}

function infoOf<Options>(spec: SpecBase<Options>): PluginInfo {
  const { type, usage, options, secrets = [] } = spec;
  return { type, usage, schema: options, secrets };
}

/** @throws AppError `invalid`, one line that names the option, the value and what would be right. */
function parseOptions<T>(schema: z.ZodType<T>, given: unknown, what: string): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'options'}: ${message}`,
  );
  throw new AppError('invalid', `${what}: ${problems.join('; ')}`);
}
