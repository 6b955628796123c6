import { Argument, type Command } from 'commander';
import { BAD_USAGE, type CliTools, type CommonOptions } from './tools.ts';

export type { CliTools } from './tools.ts';

interface CommandsSetup {
  readonly fileOption: readonly [flags: string, description: string, fallback: string];
  readonly tools: CliTools;
}

/**
 * What an operator does with runners and their records. What a command needs is loaded when it runs, so that
 * the others start at once.
 */
export function addRecordCommands(program: Command, setup: CommandsSetup): void {
  addVerify(program, setup);
  addLedger(program, setup);
  addPositions(program, setup);
  addDeadLetters(program, setup);
  addBackups(program, setup);
  addConfigTests(program, setup);
}

function addConfigTests(program: Command, { tools }: CommandsSetup): void {
  program
    .command('config')
    .description('what can be done with the configuration of a runner')
    .command('test <file>')
    .description('compare what a runner makes of some lines with what it should: no agent runs')
    .option('--json', 'print data')
    .action(async (file: string, options: Pick<CommonOptions, 'json'>) => {
      const { configTestCommand } = await import('./config-test-command.ts');
      await configTestCommand(file, options, tools);
    });
}

function addVerify(program: Command, { fileOption, tools }: CommandsSetup): void {
  program
    .command('verify <runner>')
    .description('prove from ledger, sources and sink files that nothing is lost or doubled')
    .option(...fileOption)
    .option('--sender <name>', 'look at this sender alone')
    .option('--json', 'print data')
    .action(async (runner: string, options: CommonOptions & { sender?: string }) => {
      const { verifyCommand } = await import('./verify-command.ts');
      await verifyCommand(runner, options, tools);
    });
}

function addLedger(program: Command, { fileOption, tools }: CommandsSetup): void {
  program
    .command('ledger <runner>')
    .description('show what the running agent has settled, by sender and range of bytes')
    .option(...fileOption)
    .option('--json', 'print data')
    .action(async (runner: string, options: CommonOptions) => {
      const { ledgerCommand } = await import('./api-commands.ts');
      await ledgerCommand({ runner, options, tools });
    });
}

function addPositions(program: Command, { fileOption, tools }: CommandsSetup): void {
  program
    .command('positions <runner>')
    .description('show or move where the files of a runner are read on (the agent must run)')
    .addArgument(new Argument('[action]', 'without: show').choices(['set', 'move']))
    .argument('[place...]', 'set <path> <offset>; move <time>, move oldest, move newest')
    .option(...fileOption)
    .option('--json', 'print data')
    .action(
      async (
        runner: string,
        action: string | undefined,
        place: string[],
        options: CommonOptions,
      ) => {
        const { moveCommand, positionsCommand } = await import('./api-commands.ts');
        const [first, second] = place;
        const given = { runner, options, tools };
        if (action === undefined) return positionsCommand(given);
        if (action === 'move' && first !== undefined && place.length === 1) {
          return moveCommand(given, { to: first });
        }
        if (action === 'set' && first !== undefined && second !== undefined && place.length === 2) {
          return moveCommand(given, { path: first, offset: second });
        }
        tools.exitWith(BAD_USAGE, 'write: set <path> <offset>, or move <time|oldest|newest>');
      },
    );
}

function addDeadLetters(program: Command, { fileOption, tools }: CommandsSetup): void {
  program
    .command('deadletters <runner>')
    .description('list, send again or drop what sinks refused (the agent must run)')
    .addArgument(new Argument('[action]', 'without: list').choices(['replay', 'drop']))
    .argument('[ids...]', 'which; replay without ids sends all')
    .option(...fileOption)
    .option('--json', 'print data')
    .option('--all', 'drop all')
    .option('--after <id>', 'list those behind this one', '0')
    .option('--limit <count>', 'list so many, at most 1000', '100')
    .action(
      async (
        runner: string,
        action: string | undefined,
        ids: string[],
        options: CommonOptions & { all?: true; after: string; limit: string },
      ) => {
        const commands = await import('./api-commands.ts');
        const given = { runner, options, tools };
        if (action === 'replay') return commands.replayCommand(given, ids);
        if (action === 'drop') return commands.dropCommand(given, ids, options.all === true);
        return commands.lettersCommand(given, { after: options.after, limit: options.limit });
      },
    );
}

function addBackups(program: Command, { fileOption, tools }: CommandsSetup): void {
  program
    .command('backup <copy>')
    .description('write a copy of all checkpoints to a new file, also beside a running agent')
    .option(...fileOption)
    .action(async (copy: string, options: CommonOptions) => {
      const { backupCommand } = await import('./backup-commands.ts');
      await backupCommand(copy, options, tools);
    });
  program
    .command('restore <copy>')
    .description('put a backup in the place of the checkpoints; the agent must be stopped')
    .option(...fileOption)
    .action(async (copy: string, options: CommonOptions) => {
      const { restoreCommand } = await import('./backup-commands.ts');
      await restoreCommand(copy, options, tools);
    });
}
