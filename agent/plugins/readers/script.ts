import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { AppError } from '../../../shared/kernel/errors.ts';
import { linesOf } from '../../fetch/lines-of.ts';
import { openRoundReader, type Round } from '../../fetch/round-reader.ts';
import { type ProgramEnd, runProgram } from '../../fetch/run-program.ts';
import { scheduleOption } from '../../fetch/schedule.ts';
import { wholeText } from '../../fetch/whole-text.ts';
import { plainLines } from '../../framing/plain-lines.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';
import { type BatchLimits, type PluginContext } from '../plugin.ts';
import { commandLine } from './script/command-line.ts';

const TIMEOUT_MS = { fallback: 5_000, max: 10 * 60_000 };
const OUTPUT_BYTES = { fallback: 8 * 1024 * 1024, max: 256 * 1024 * 1024 };
const COMPLAINT_SHOWN_LENGTH_MAX = 200;

const ScriptOptions = z.object({
  log_path: option
    .text('')
    .describe('The path of the script; the interpreter gets it as its only argument.'),
  script_exec_interprepter: option
    .text('')
    .describe('The program that runs the script; empty: "/bin/bash".')
    .meta({ example: '/bin/bash' }),
  script_exec_interpreter: option
    .text('')
    .describe('The same as script_exec_interprepter, whose spelling is the original one.')
    .meta({ advanced: true }),
  script_content: option
    .text('')
    .describe('The last argument of the interpreter: a path or, after "-c", the script itself.'),
  script_params: option
    .text('')
    .describe('Arguments of the interpreter before the last, such as "-c"; parted by spaces.'),
  script_params_spliter: option
    .text('')
    .describe('What parts script_params instead of spaces.')
    .meta({ advanced: true }),
  script_cron: scheduleOption.describe(
    'When it is run: "loop 15s", or a cron expression such as "0 */5 * * * *"; empty: only at the start.',
  ),
  script_exec_onstart: option
    .flag(true)
    .describe('It is also run when the runner starts; in a loop it always is.'),
  script_timeout: goDurationOption(TIMEOUT_MS.fallback)
    .refine((ms) => ms > 0 && ms <= TIMEOUT_MS.max, {
      error: 'must be more than "0s", and at most "10m"',
    })
    .describe('When it takes longer it is ended, with all that it has started.'),
  script_output: option
    .choice(['text', 'lines', 'json'])
    .describe(
      '"text": all that it writes is one record; "lines": each line is one; "json": one record of output, stderr, exit_code and how long it took.',
    ),
  script_output_max: option
    .int(OUTPUT_BYTES.fallback, { min: 1, max: OUTPUT_BYTES.max })
    .describe('When it writes more bytes it is ended.')
    .meta({ advanced: true }),
});
type ScriptOptions = z.output<typeof ScriptOptions>;

/**
 * Runs a program again and again and reads what it writes. The agent's policy must allow that.
 *
 * Its output is handed out once it has ended; when it fails without output, takes too long or
 * writes too much, that is told in the status, and it is run again soon, up to ten times, but in a
 * loop at its next time. An exit code other than 0 is told in the status although its output goes
 * on. Nothing is kept of a run: one whose output was not delivered when the process died is lost,
 * and the next run is as the schedule says.
 */
export const scriptReader = defineReader({
  type: 'script',
  usage: 'Runs a program at the start, in a loop or by cron, and reads what it writes.',
  options: ScriptOptions,
  startsPrograms: true,
  readPaths: ({ log_path }) => (log_path === '' ? [] : [log_path]),
  open(options, opening, context) {
    const command = commandLine(options);
    return openRoundReader(
      {
        source: 'script',
        origin:
          options.log_path === '' ? [command.program, ...command.args].join(' ') : options.log_path,
        schedule: options.script_cron,
        onStart: options.script_exec_onstart,
        gather: (_kept, signal) => run(options, { limits: opening.limits, signal, context }),
      },
      opening,
      context,
    );
  },
});

interface Running {
  readonly limits: BatchLimits;
  readonly signal: AbortSignal;
  readonly context: PluginContext;
}

async function run(options: ScriptOptions, { limits, signal, context }: Running): Promise<Round> {
  const { clock } = context;
  const startedMs = clock.monotonicMs();
  const startedAt = new Date(clock.now()).toISOString();
  const end = await runProgram(
    {
      ...commandLine(options),
      timeoutMs: options.script_timeout,
      outputBytesMax: options.script_output_max,
    },
    { clock, signal },
  );
  if (end.stoppedFor === 'abort') throw new AppError('unavailable', 'the script was ended');
  const trouble = troubleOf(end, options);
  if (options.script_output === 'json') {
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    return { parts: [asRecord(end, { startedAt, durationMs })], trouble };
  }
  // Half of an output is none; and what failed without a word may do better the next time.
  if (end.stoppedFor !== null) throw new AppError('timeout', trouble ?? '');
  if (end.output.length === 0 && trouble !== null) throw new AppError('unavailable', trouble);
  const isText = options.script_output === 'text';
  const { parts, counts } = isText
    ? wholeText(end.output, limits)
    : linesOf(end.output, plainLines, limits);
  return { parts, counts, trouble };
}

function asRecord(
  { output, complaint, exitCode, stoppedFor }: ProgramEnd,
  { startedAt, durationMs }: { readonly startedAt: string; readonly durationMs: number },
) {
  const record = {
    timestamp: startedAt,
    exit_code: exitCode,
    stopped_for: stoppedFor,
    duration_ms: durationMs,
    output: output.toString(),
    stderr: complaint,
  };
  return {
    bytes: Buffer.from(`${JSON.stringify(record)}\n`),
    lines: 1,
    ends: null,
    isFilled: true,
  };
}

function troubleOf(end: ProgramEnd, options: ScriptOptions): string | null {
  const { complaint, exitCode, stoppedFor } = end;
  switch (stoppedFor) {
    case 'time':
      return `the script was ended after ${options.script_timeout} ms (script_timeout)`;
    case 'output':
      return `the script was ended since it wrote more than ${options.script_output_max} bytes (script_output_max)`;
    case 'abort':
    case null:
      break;
  }
  if (exitCode === 0) return null;
  const how = exitCode === null ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
  const words = complaint.trim().slice(-COMPLAINT_SHOWN_LENGTH_MAX);
  return words === '' ? `the script ${how}` : `the script ${how}: ${words}`;
}
