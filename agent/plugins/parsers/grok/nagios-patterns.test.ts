import { describe, expect, it } from 'vitest';
import { namesIn, type Sample, sampleRecord } from '../../../../test/support/grok-samples.ts';
import { NAGIOS_PATTERNS } from './nagios-patterns.ts';

const HOST = { nagios_hostname: 'web1' };
const SERVICE = { ...HOST, nagios_service: 'HTTP' };
const STATE = { nagios_state: 'OK', nagios_statetype: 'HARD', nagios_statecode: '1' };
const ALERT = { nagios_state: 'CRITICAL', nagios_statelevel: 'SOFT', nagios_attempt: '2' };
const MESSAGE = { nagios_message: 'it; said so' };
const SAID = 'it; said so';

const LINES: readonly Sample[] = [
  { name: 'NAGIOS_WARNING', line: `Warning:  ${SAID}`, fields: MESSAGE },
  {
    name: 'NAGIOS_CURRENT_SERVICE_STATE',
    line: `CURRENT SERVICE STATE: web1;HTTP;OK;HARD;1;${SAID}`,
    fields: { nagios_type: 'CURRENT SERVICE STATE', ...SERVICE, ...STATE, ...MESSAGE },
  },
  {
    name: 'NAGIOS_CURRENT_HOST_STATE',
    line: `CURRENT HOST STATE: web1;OK;HARD;1;${SAID}`,
    fields: { nagios_type: 'CURRENT HOST STATE', ...HOST, ...STATE, ...MESSAGE },
  },
  {
    name: 'NAGIOS_SERVICE_NOTIFICATION',
    line: `SERVICE NOTIFICATION: ann;web1;HTTP;OK;by-mail;${SAID}`,
    fields: {
      ...{ nagios_type: 'SERVICE NOTIFICATION', nagios_notifyname: 'ann', ...SERVICE },
      ...{ nagios_state: 'OK', nagios_contact: 'by-mail', ...MESSAGE },
    },
  },
  {
    name: 'NAGIOS_HOST_NOTIFICATION',
    line: `HOST NOTIFICATION: ann;web1;DOWN;by-mail;${SAID}`,
    fields: { nagios_notifyname: 'ann', ...HOST, nagios_state: 'DOWN', nagios_contact: 'by-mail' },
  },
  {
    name: 'NAGIOS_SERVICE_ALERT',
    line: `SERVICE ALERT: web1;HTTP;CRITICAL;SOFT;2;${SAID}`,
    fields: { nagios_type: 'SERVICE ALERT', ...SERVICE, ...ALERT, ...MESSAGE },
  },
  {
    name: 'NAGIOS_HOST_ALERT',
    line: `HOST ALERT: web1;CRITICAL;SOFT;2;${SAID}`,
    fields: { nagios_type: 'HOST ALERT', ...HOST, ...ALERT, ...MESSAGE },
  },
  {
    name: 'NAGIOS_SERVICE_FLAPPING_ALERT',
    line: `SERVICE FLAPPING ALERT: web1;HTTP;STARTED; ${SAID}`,
    fields: { ...SERVICE, nagios_state: 'STARTED', ...MESSAGE },
  },
  {
    name: 'NAGIOS_HOST_FLAPPING_ALERT',
    line: `HOST FLAPPING ALERT: web1;STOPPED; ${SAID}`,
    fields: { ...HOST, nagios_state: 'STOPPED', ...MESSAGE },
  },
  {
    name: 'NAGIOS_SERVICE_DOWNTIME_ALERT',
    line: `SERVICE DOWNTIME ALERT: web1;HTTP;STARTED; ${SAID}`,
    fields: { ...SERVICE, nagios_state: 'STARTED', nagios_comment: SAID },
  },
  {
    name: 'NAGIOS_HOST_DOWNTIME_ALERT',
    line: `HOST DOWNTIME ALERT: web1;STOPPED; ${SAID}`,
    fields: { ...HOST, nagios_state: 'STOPPED', nagios_comment: SAID },
  },
  {
    name: 'NAGIOS_PASSIVE_SERVICE_CHECK',
    line: `PASSIVE SERVICE CHECK: web1;HTTP;0;${SAID}`,
    fields: { ...SERVICE, nagios_state: '0', nagios_comment: SAID },
  },
  {
    name: 'NAGIOS_PASSIVE_HOST_CHECK',
    line: `PASSIVE HOST CHECK: web1;0;${SAID}`,
    fields: { ...HOST, nagios_state: '0', nagios_comment: SAID },
  },
  {
    name: 'NAGIOS_SERVICE_EVENT_HANDLER',
    line: 'SERVICE EVENT HANDLER: web1;HTTP;CRITICAL;SOFT;1;restart-httpd',
    fields: {
      ...{ ...SERVICE, nagios_state: 'CRITICAL', nagios_statelevel: 'SOFT' },
      nagios_event_handler_name: 'restart-httpd',
    },
  },
  {
    name: 'NAGIOS_HOST_EVENT_HANDLER',
    line: 'HOST EVENT HANDLER: web1;DOWN;HARD;restart',
    fields: { ...HOST, nagios_statelevel: 'HARD', nagios_event_handler_name: 'restart' },
  },
  {
    name: 'NAGIOS_TIMEPERIOD_TRANSITION',
    line: 'TIMEPERIOD TRANSITION: workhours;-1;1',
    fields: { nagios_service: 'workhours', nagios_unknown1: '-1', nagios_unknown2: '1' },
  },
  ...['ENABLE', 'DISABLE'].flatMap((word) => [
    onService(`${word}_SVC_CHECK`),
    onService(`${word}_SVC_NOTIFICATIONS`),
    onHost(`${word}_HOST_CHECK`),
    onHost(`${word}_HOST_NOTIFICATIONS`),
    onHost(`${word}_HOST_SVC_NOTIFICATIONS`),
  ]),
  {
    name: 'NAGIOS_EC_LINE_PROCESS_SERVICE_CHECK_RESULT',
    line: `EXTERNAL COMMAND: PROCESS_SERVICE_CHECK_RESULT;web1;HTTP;0;${SAID}`,
    fields: {
      ...{ nagios_type: 'EXTERNAL COMMAND', nagios_command: 'PROCESS_SERVICE_CHECK_RESULT' },
      ...{ ...SERVICE, nagios_state: '0', nagios_check_result: SAID },
    },
  },
  {
    name: 'NAGIOS_EC_LINE_PROCESS_HOST_CHECK_RESULT',
    line: `EXTERNAL COMMAND: PROCESS_HOST_CHECK_RESULT;web1;0;${SAID}`,
    fields: { ...HOST, nagios_state: '0', nagios_check_result: SAID },
  },
  {
    name: 'NAGIOS_EC_LINE_SCHEDULE_HOST_DOWNTIME',
    line: `EXTERNAL COMMAND: SCHEDULE_HOST_DOWNTIME;web1;1427925600;1427929200;1;0;3600;ann;${SAID}`,
    fields: {
      ...{ nagios_command: 'SCHEDULE_HOST_DOWNTIME', ...HOST, nagios_start_time: '1427925600' },
      ...{ nagios_end_time: '1427929200', nagios_fixed: '1', nagios_trigger_id: '0' },
      ...{ nagios_duration: '3600', author: 'ann', comment: SAID },
    },
  },
];

const PARTS: readonly Sample[] = [
  { name: 'NAGIOSTIME', line: '[1427925600]', fields: { nagios_epoch: '1427925600' } },
  { name: 'NAGIOS_FIELD', line: 'a b' },
  { name: 'NAGIOS_ON_HOST', line: 'web1', fields: HOST },
  { name: 'NAGIOS_ON_SERVICE', line: 'web1;HTTP', fields: SERVICE },
  { name: 'NAGIOS_MESSAGE', line: SAID, fields: MESSAGE },
  { name: 'NAGIOS_STATES', line: `OK;HARD;1;${SAID}`, fields: { ...STATE, ...MESSAGE } },
  { name: 'NAGIOS_ALERTED', line: `CRITICAL;SOFT;2;${SAID}`, fields: { ...ALERT, ...MESSAGE } },
  {
    name: 'NAGIOS_NOTIFIED',
    line: `OK;by-mail;${SAID}`,
    fields: { nagios_state: 'OK', nagios_contact: 'by-mail', ...MESSAGE },
  },
  {
    name: 'NAGIOS_HANDLED',
    line: 'DOWN;HARD;1;restart',
    fields: { nagios_statelevel: 'HARD', nagios_event_handler_name: 'restart' },
  },
  {
    name: 'NAGIOS_COMMENTED',
    line: `OK;${SAID}`,
    fields: { nagios_state: 'OK', nagios_comment: SAID },
  },
];

/** Words of the log that patterns are named after. */
const WORDS = namesIn(NAGIOS_PATTERNS).flatMap((name): Sample[] => {
  const [, type] = /^NAGIOS_TYPE_(\w+)$/.exec(name) ?? [];
  const [, command] = /^NAGIOS_EC_(?!LINE)(\w+)$/.exec(name) ?? [];
  if (type !== undefined) return [{ name, line: type.replaceAll('_', ' ') }];
  return command === undefined ? [] : [{ name, line: command }];
});

const GROUPS = ['NAGIOS_STATE_LINE', 'NAGIOS_EC_LINE'];

function onService(command: string): Sample {
  return {
    name: `NAGIOS_EC_LINE_${command}`,
    line: `EXTERNAL COMMAND: ${command};web1;HTTP`,
    fields: { nagios_type: 'EXTERNAL COMMAND', nagios_command: command, ...SERVICE },
  };
}

function onHost(command: string): Sample {
  return {
    name: `NAGIOS_EC_LINE_${command}`,
    line: `EXTERNAL COMMAND: ${command};web1`,
    fields: { nagios_type: 'EXTERNAL COMMAND', nagios_command: command, ...HOST },
  };
}

describe('patterns of Nagios', () => {
  it.each([...PARTS, ...WORDS, ...LINES])('$name takes apart $line', (sample) => {
    const { line, fields = {} } = sample;
    expect(sampleRecord(sample)).toMatchObject({ matched: line, ...fields });
  });

  it.each(LINES)('NAGIOSLOGLINE takes apart a line of $name', ({ line, fields }) => {
    const whole = `[1427925600] ${line}`;
    expect(sampleRecord({ name: 'NAGIOSLOGLINE', line: whole })).toMatchObject({
      ...{ matched: whole, nagios_epoch: '1427925600', ...fields },
    });
  });

  it('all have a sample', () => {
    const samples = [...PARTS, ...WORDS, ...LINES].map(({ name }) => name);
    const groups = GROUPS.filter((group) =>
      LINES.some(({ line }) => sampleRecord({ name: group, line }) !== undefined),
    );
    expect(new Set([...samples, ...groups, 'NAGIOSLOGLINE'])).toEqual(
      new Set(namesIn(NAGIOS_PATTERNS)),
    );
  });
});
