/** The one file that knows the process: its arguments, environment, signals and exit code. */

import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { addRecordCommands, type CliTools } from './agent/cli/commands.ts';
import { loadMainConfig } from './shared/config/load-main-config.ts';
import { mainConfigJsonSchema } from './shared/config/main-config-keys.ts';
import { AppError, messageOf } from './shared/kernel/errors.ts';

const STOPPED = 0;
const FAILED = 1;
const BAD_USAGE = 2;

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const;
/** Node's own default: fewer would let one slow disk hold up all the others. */
const FILE_THREADS_MIN = 4;
const DEFAULT_FILE = 'logkit.conf.json';

interface FileOption {
  readonly file: string;
}

const { LOGKIT_LAUNCHED: launched, ...env } = process.env;
// Programs that runners start are no children of the launcher.
delete process.env['LOGKIT_LAUNCHED'];

/** The folder of `package.json` and `public`; the built program lies in `dist` below it. */
const programDir =
  basename(import.meta.dirname) === 'dist' ? dirname(import.meta.dirname) : import.meta.dirname;
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(programDir, 'package.json'), 'utf8')));

process.on('uncaughtException', (thrown) => fail(failureOf(thrown), FAILED));
// Whoever read our output may leave before we end.
process.stdout.on('error', () => undefined);

try {
  await commandLine().parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) fail(failureOf(thrown), FAILED);
  process.exitCode = thrown.exitCode === 0 ? STOPPED : BAD_USAGE;
}

function commandLine(): Command {
  const program = new Command('logkit-fleet')
    .description('Collects logs, and manages fleets of machines that do.')
    .version(version)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({
      outputError: (text, write) => write(`logkit-fleet: ${text.replace(/^error: /, '')}`),
    });
  const fileOption = ['-f, --file <file>', 'the main configuration', DEFAULT_FILE] as const;

  program
    .command('serve', { isDefault: true })
    .description('run as the configuration says (the default)')
    .option(...fileOption)
    .allowExcessArguments()
    .action(({ file }: FileOption, command: Command) => {
      const [extra] = command.args;
      if (extra !== undefined) {
        command.error(`unknown command or argument ${JSON.stringify(extra)}; see --help`);
      }
      return serveCommand(file);
    });
  program
    .command('check')
    .description('check the configuration and say what is wrong with it')
    .option(...fileOption)
    .action(({ file }: FileOption) => checkCommand(file));
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(() => print(JSON.stringify(mainConfigJsonSchema(), null, 2)));
  addRecordCommands(program, { fileOption, tools: cliTools() });
  return program;
}

function cliTools(): CliTools {
  return {
    loadConfig: (file) => loadConfig(file).config,
    print: (text) => process.stdout.write(text),
    note: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    version,
    env,
    exitWith(code, problem) {
      if (problem !== undefined) printError(`logkit-fleet: ${problem}`);
      process.exitCode = code;
    },
  };
}

async function serveCommand(file: string): Promise<void> {
  const signal = stopSignal();
  const { config, file: configFile, warnings } = loadConfig(file);
  // Read once, when the first file is opened: the threads that do the work with files.
  process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(config.max_procs, FILE_THREADS_MIN));
  // The other commands answer at once, for they need none of what this loads.
  const { serve } = await import('./serve.ts');
  try {
    await serve({ config, configFile, warnings, version, env, signal, print });
  } catch (thrown) {
    // What only the start can find out, such as a port in use, is bad configuration, too.
    const isBadUsage =
      thrown instanceof AppError &&
      (thrown.kind === 'invalid' || thrown.details['exit'] === BAD_USAGE);
    if (isBadUsage) fail(thrown.message, BAD_USAGE);
    fail(failureOf(thrown), FAILED);
  }
  process.exit(STOPPED);
}

function checkCommand(file: string): void {
  const { warnings } = loadConfig(file);
  for (const warning of warnings) printError(`warning: ${warning}`);
  print(`${file}: ok`);
}

function loadConfig(file: string) {
  try {
    return loadMainConfig({ file, env, cwd: process.cwd(), programDir });
  } catch (thrown) {
    return fail(messageOf(thrown), BAD_USAGE);
  }
}

/**
 * Aborts at the first request to stop; a second one ends the process at once. One Ctrl-C or one
 * `systemctl stop` may reach both the launcher, which passes it on, and this process itself: the
 * two ways are counted apart, so that it stays one request. When the launcher dies, we stop.
 */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const requests = { direct: 0, relayed: 0 };
  const request = (way: keyof typeof requests) => {
    requests[way] += 1;
    if (requests[way] > 1) process.exit(FAILED);
    stop.abort();
  };

  for (const name of STOP_SIGNALS) process.on(name, () => request('direct'));
  if (launched !== undefined && process.channel) {
    process.on('message', (message) => message === 'stop' && request('relayed'));
    process.on('disconnect', () => stop.abort());
    process.channel.unref();
  }
  return stop.signal;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printError(line: string): void {
  process.stderr.write(`${line.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}

function fail(line: string, code: number): never {
  printError(line);
  process.exit(code);
}

function failureOf(thrown: unknown): string {
  return `logkit-fleet failed: ${reasonsOf(thrown)}`;
}

/** An error with what caused it, in one line. */
function reasonsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const causes = thrown instanceof AggregateError ? thrown.errors : [thrown.cause];
  const reasons = causes.filter((cause) => cause !== undefined).map(reasonsOf);
  return [thrown.message, ...new Set(reasons)].join(': ');
}
