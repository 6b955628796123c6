import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { AppError, messageOf } from '../../../shared/kernel/errors.ts';
import { stoppable } from '../../../shared/kernel/stoppable.ts';
import { linesOf } from '../../fetch/lines-of.ts';
import { openRoundReader, type Round } from '../../fetch/round-reader.ts';
import { plainLines } from '../../framing/plain-lines.ts';
import { defineReader } from '../define.ts';
import { commaList, option } from '../option.ts';
import { type BatchLimits, type PluginContext } from '../plugin.ts';
import { type AgentSession, openAgentSession, type SnmpAccess } from './snmp/agent-session.ts';
import { fieldsRow, tableRows } from './snmp/rows.ts';
import { fieldsOption, tablesOption } from './snmp/tables-option.ts';

const TIMEOUT_MS = 5_000;
const INTERVAL_MS = 30_000;
/** As the driver numbers them. */
const LEVELS = { noAuthNoPriv: 1, authNoPriv: 2, authPriv: 3 } as const;
const AUTH = { NoAuth: 'none', MD5: 'md5', SHA: 'sha' } as const;
const PRIVACY = { NoPriv: 'none', DES: 'des', AES: 'aes' } as const;
const AUTH_NUMBERS = { none: 1, md5: 2, sha: 3 } as const;
const PRIVACY_NUMBERS = { none: 1, des: 2, aes: 4 } as const;

const SnmpOptions = z
  .object({
    snmp_reader_name: option
      .text('logkit_default_name')
      .describe('Its name, which the records of single fields carry as snmp_table.')
      .meta({ advanced: true }),
    snmp_agents: z
      .string()
      .default('127.0.0.1:161')
      .transform(commaList)
      .refine((agents) => agents.length > 0, { error: 'is empty, e.g. "127.0.0.1:161"' })
      .describe('The agents that are asked, parted by commas.'),
    snmp_fields: fieldsOption
      .describe('Single values, as a JSON list; each with field_name and field_oid (in numbers).')
      .meta({ example: '[{"field_name":"uptime","field_oid":"1.3.6.1.2.1.1.3.0"}]' }),
    snmp_tables: tablesOption
      .describe('Tables, as a JSON list; each with table_name and table_oid, or table_fields.')
      .meta({ example: '[{"table_name":"interfaces","table_oid":"1.3.6.1.2.1.2.2"}]' }),
    snmp_version: option.choice(['2', '1', '3']).describe('The version of the protocol.'),
    snmp_interval: goDurationOption(INTERVAL_MS).describe('How often they are asked.'),
    snmp_time_out: goDurationOption(TIMEOUT_MS).describe('So long an agent has to answer.'),
    snmp_retries: option.int(3, { min: 0, max: 100 }).describe('How often one is asked again.'),
    snmp_community: option.text('public').describe('The community, of versions 1 and 2.'),
    snmp_max_repetitions: option
      .int(50, { min: 1, max: 1_000 })
      .describe('So many values come in an answer at most, from version 2 on.')
      .meta({ advanced: true }),
    snmp_context_name: option
      .text('')
      .describe('The context, of version 3.')
      .meta({ advanced: true }),
    snmp_sec_level: option
      .choice(['noAuthNoPriv', 'authNoPriv', 'authPriv'])
      .describe('What is asked of version 3: proof of who asks, and secrecy.')
      .meta({ advanced: true }),
    snmp_sec_name: option.text('user').describe('The user, of version 3.').meta({ advanced: true }),
    snmp_auth_protocol: option
      .choice(['NoAuth', 'MD5', 'SHA'])
      .describe('How it proves who asks.')
      .meta({ advanced: true }),
    snmp_auth_password: option.text('').describe('The secret of that.').meta({ advanced: true }),
    snmp_priv_protocol: option
      .choice(['NoPriv', 'DES', 'AES'])
      .describe('How what is asked is kept secret.')
      .meta({ advanced: true }),
    snmp_priv_password: option.text('').describe('The secret of that.').meta({ advanced: true }),
  })
  .refine(({ snmp_fields: fields, snmp_tables: tables }) => fields.length + tables.length > 0, {
    path: ['snmp_fields'],
    error: 'and snmp_tables are both empty; give one of them',
  });
type SnmpOptions = z.output<typeof SnmpOptions>;

/**
 * Asks SNMP agents every `snmp_interval`: one record of the single fields, and one for each row of
 * a table, as JSON lines, with snmp_table, agent_host and timestamp. An agent that does not answer
 * is told in the status, and the others go on; what was not asked, or not delivered when the
 * process died, is not made up for.
 */
export const snmpReader = defineReader({
  type: 'snmp',
  usage: 'Asks SNMP agents for single values and tables, again and again.',
  options: SnmpOptions,
  secrets: ['snmp_community', 'snmp_auth_password', 'snmp_priv_password'],
  open(options, opening, context) {
    return openRoundReader(
      {
        source: 'snmp',
        origin: options.snmp_reader_name,
        schedule: { kind: 'loop', everyMs: Math.max(options.snmp_interval, 10) },
        onStart: true,
        gather: (_kept, signal) => askAll(options, { limits: opening.limits, signal, context }),
      },
      opening,
      context,
    );
  },
});

interface Asking {
  readonly limits: BatchLimits;
  readonly signal: AbortSignal;
  readonly context: PluginContext;
}

async function askAll(options: SnmpOptions, asking: Asking): Promise<Round> {
  const agents = options.snmp_agents;
  const asked = await Promise.allSettled(agents.map((agent) => ask(agent, options, asking)));
  const lines = asked.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const failed = asked.flatMap((result) =>
    result.status === 'rejected' ? [messageOf(result.reason)] : [],
  );
  if (failed.length === agents.length) throw new AppError('unavailable', failed.join('; '));
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return {
    ...linesOf(bytes, plainLines, asking.limits),
    trouble: failed.length === 0 ? null : failed.join('; '),
  };
}

async function ask(agent: string, options: SnmpOptions, asking: Asking): Promise<string[]> {
  const { context, signal } = asking;
  const session = await openAgentSession(agent, accessOf(options));
  try {
    const timestamp = new Date(context.clock.now()).toISOString();
    const close = () => session.close();
    return await stoppable(signal, close, () => linesOfAgent(session, options, timestamp));
  } finally {
    session.close();
  }
}

async function linesOfAgent(
  session: AgentSession,
  options: SnmpOptions,
  timestamp: string,
): Promise<string[]> {
  const line = (table: string, row: object) =>
    JSON.stringify({ agent_host: hostOf(session.address), ...row, snmp_table: table, timestamp });
  const top = await fieldsRow(session, options.snmp_fields);
  const lines = Object.keys(top).length === 0 ? [] : [line(options.snmp_reader_name, top)];
  for (const table of options.snmp_tables) {
    const name = table.table_name || (table.table_oid ?? '');
    const rows = await tableRows(session, table, top);
    lines.push(...rows.map((row) => line(name, row)));
  }
  return lines;
}

function hostOf(agent: string): string {
  return agent.replace(/:\d+$/, '');
}

function accessOf(options: SnmpOptions): SnmpAccess {
  return {
    version: options.snmp_version,
    community: options.snmp_community,
    timeoutMs: options.snmp_time_out,
    retries: options.snmp_retries,
    maxRepetitions: options.snmp_max_repetitions,
    contextName: options.snmp_context_name,
    user: {
      name: options.snmp_sec_name,
      level: LEVELS[options.snmp_sec_level],
      authProtocol: AUTH_NUMBERS[AUTH[options.snmp_auth_protocol]],
      authKey: options.snmp_auth_password,
      privProtocol: PRIVACY_NUMBERS[PRIVACY[options.snmp_priv_protocol]],
      privKey: options.snmp_priv_password,
    },
  };
}
