import type { LogRecord } from '../../plugin.ts';

const OPEN = 0x3c;
const CLOSE = 0x3e;
const DIGITS_MAX = 3;
const PRIORITY_MAX = 191;

/** RFC 5424, section 6.2.1. */
const FACILITIES: readonly string[] = [
  ...['kernel messages', 'user-level messages', 'mail system', 'system daemons'],
  ...['security/authorization messages', 'messages generated internally by syslogd'],
  ...['line printer subsystem', 'network news subsystem', 'UUCP subsystem', 'clock daemon'],
  ...['security/authorization messages', 'FTP daemon', 'NTP subsystem', 'log audit', 'log alert'],
  ...['clock daemon', 'local use 0', 'local use 1', 'local use 2', 'local use 3', 'local use 4'],
  ...['local use 5', 'local use 6', 'local use 7'],
];
const SEVERITIES: readonly string[] = [
  'Emergency: system is unusable',
  'Alert: action must be taken immediately',
  'Critical: critical conditions',
  'Error: error conditions',
  'Warning: warning conditions',
  'Notice: normal but significant condition',
  'Informational: informational messages',
  'Debug: debug-level messages',
];

/** What `<34>` at the beginning of a message says, and where it ends; null: it is not there. */
export function priorityAt(line: string, start: number): { value: number; end: number } | null {
  if (line.charCodeAt(start) !== OPEN) return null;
  let value = 0;
  for (let at = start + 1; at <= start + 1 + DIGITS_MAX; at += 1) {
    const code = line.charCodeAt(at);
    if (code === CLOSE)
      return at === start + 1 || value > PRIORITY_MAX ? null : { value, end: at + 1 };
    const digit = code - 0x30;
    if (!(digit >= 0 && digit <= 9)) return null;
    value = value * 10 + digit;
  }
  return null;
}

export interface DetailRules {
  /** Words instead of numbers. */
  readonly facilityDetail: boolean;
  readonly severityDetail: boolean;
}

/** The fields that a priority stands for. */
export function priorityFields(priority: number, rules: DetailRules): LogRecord {
  const facility = priority >> 3;
  const severity = priority & 7;
  return {
    priority,
    facility: rules.facilityDetail ? FACILITIES[facility] : facility,
    severity: rules.severityDetail ? SEVERITIES[severity] : severity,
  };
}
