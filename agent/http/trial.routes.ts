import { z } from 'zod';
import { LOGKIT_CODES } from '../../shared/api/codes.ts';
import { decodeBody } from '../../shared/api/go-json.ts';
import { type PluginOptions, RunnerConfig } from '../../shared/domain/runner-config.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { recordsOf, type Trial } from '../trial/trial.ts';

const Options = RunnerConfig.shape.reader.unwrap();
const TransformOptions = z.record(z.string(), z.unknown());
const SendBody = z.object({
  senders: z.array(Options, { error: 'sender config cannot be empty' }),
  sampleLog: z.string().optional(),
});
const RehearsalBody = z.object({ config: RunnerConfig, sampleLog: z.string().optional() });

/** Try before you run: contract section 8, and the dry run of a whole runner, which is ours. */
export function trialRoutes(trial: Trial): Route[] {
  return [
    post('/logkit/reader/read', 'readerRead', (call) => trial.read(options(call), call.signal)),
    post('/logkit/reader/check', 'readerRead', (call) => trial.checkReader(options(call))),
    post('/logkit/parser/parse', 'parserParse', async (call) => {
      const { sampleLog = '', ...parser } = typed(options(call));
      return { SamplePoints: await trial.parse(parser, sampleLog) };
    }),
    post('/logkit/parser/check', 'parserParse', (call) => trial.checkParser(options(call))),
    post('/logkit/transformer/transform', 'transformerTransform', async (call) => {
      const { sampleLog, ...transform } = transformOf(call);
      return trial.transform(transform, recordsOf(required(sampleLog)));
    }),
    post('/logkit/transformer/check', 'transformerTransform', async (call) =>
      trial.checkTransform(transformOf(call)),
    ),
    post('/logkit/sender/send', 'senderSend', async (call) => {
      const { senders, sampleLog } = decodeBody(SendBody, call, 'map[string]interface{}');
      return trial.send({ senders, records: recordsOf(required(sampleLog)) }, call.signal);
    }),
    post('/logkit/sender/check', 'senderSend', async (call) =>
      trial.checkSenders(decodeBody(SendBody, call, 'map[string]interface{}').senders),
    ),
    post('/logkit/runner/rehearse', 'parserParse', async (call) => {
      const { config, sampleLog } = decodeBody(RehearsalBody, call, 'mgr.RunnerConfig');
      return trial.rehearse(config, sampleLog ?? null, call.signal);
    }),
  ];
}

function options(call: Call): PluginOptions {
  return decodeBody(Options, call, 'conf.MapConf');
}

function transformOf(call: Call): Record<string, unknown> {
  return decodeBody(TransformOptions, call, 'map[string]interface{}');
}

/** The original's words for a parser without a type. */
function typed(parser: PluginOptions): PluginOptions {
  if (parser['type'] !== undefined) return parser;
  const why = 'MissingKey: The configs must contains type, dataType must be string';
  throw new AppError('invalid', `parser error ${why}`);
}

function required(sample: unknown): string {
  if (typeof sample === 'string' && sample !== '') return sample;
  throw new AppError('invalid', 'missing param sampleLog');
}

function post(path: string, failure: keyof typeof LOGKIT_CODES, answer: Route['answer']): Route {
  return { method: 'POST', path, access: 'user', failure: LOGKIT_CODES[failure], answer };
}
