import { describe, expect, it } from 'vitest';
import { namesIn, type Sample, sampleRecord } from '../../../../test/support/grok-samples.ts';
import { NETWORK_PATTERNS } from './network-patterns.ts';

const ENDS = {
  ...{ ts: '1300475167.096535', uid: 'CXWv6p3arKYeMETxOg', orig_h: '10.1.2.3', orig_p: '1234' },
  ...{ resp_h: '192.0.2.9', resp_p: '80' },
};

/** A line of a log of Bro: values between tabs, and what its fields are called. */
function bro(name: string, fields: Readonly<Record<string, string>>): Sample {
  return { name, line: Object.values(fields).join('\t'), fields };
}

const SAMPLES: readonly Sample[] = [
  { name: 'EXIM_MSGID', line: '0tACW1-0005MB-00' },
  { name: 'EXIM_MSGID', line: '1rP3Yd-00000001aBc-2Xyz' },
  { name: 'EXIM_FLAGS', line: '=>' },
  {
    name: 'EXIM_DATE',
    line: '2024-10-31 08:57:53',
    fields: { exim_year: '2024', exim_month: '10', exim_day: '31', exim_time: '08:57:53' },
  },
  { name: 'EXIM_PID', line: '[4711]', fields: { pid: '4711' } },
  { name: 'EXIM_QT', line: '3d4h5s' },
  { name: 'EXIM_EXCLUDE_TERMS', line: 'Start queue run' },
  {
    name: 'EXIM_REMOTE_HOST',
    line: 'H=mail.example.com (helo.example.com) [192.0.2.9]:25',
    fields: {
      ...{ remote_hostname: 'mail.example.com', remote_heloname: 'helo.example.com' },
      ...{ remote_host: '192.0.2.9', remote_port: '25' },
    },
  },
  {
    name: 'EXIM_INTERFACE',
    line: 'I=[192.0.2.1]:25',
    fields: { exim_interface: '192.0.2.1', exim_interface_port: '25' },
  },
  { name: 'EXIM_PROTOCOL', line: 'P=esmtps', fields: { protocol: 'esmtps' } },
  { name: 'EXIM_MSG_SIZE', line: 'S=5678', fields: { exim_msg_size: '5678' } },
  { name: 'EXIM_HEADER_ID', line: 'id=a@b', fields: { exim_header_id: 'a@b' } },
  { name: 'EXIM_SUBJECT', line: 'T="a subject"', fields: { exim_subject: 'a subject' } },
  { name: 'EXIM_UNKNOWN_FIELD', line: 'CV=no' },
  { name: 'EXIM_UNKNOWN_FIELD', line: 'X="TLS 1.3"' },
  {
    name: 'EXIM_NAMED_FIELDS',
    line: ' U=exim P=smtp X=TLS1.3 S=9 T="t"',
    fields: { protocol: 'smtp', exim_msg_size: '9', exim_subject: 't' },
  },
  ...['EXIM_MESSAGE_ARRIVAL', 'EXIM'].map((name) => ({
    name,
    line:
      '2024-10-31 08:57:53 [4711] 0tACW1-0005MB-00 <= kryten@dwarf.example H=mail.example.com ' +
      '[192.0.2.9]:1234 I=[192.0.2.1]:25 P=esmtps X=TLS1.3:256 CV=no S=5678 id=a@b T="a subject" ' +
      'for bob@example.com',
    fields: {
      ...{ timestamp: '2024-10-31 08:57:53', pid: '4711', exim_msgid: '0tACW1-0005MB-00' },
      ...{ exim_flags: '<=', exim_sender_email: 'kryten@dwarf.example', protocol: 'esmtps' },
      ...{ remote_hostname: 'mail.example.com', remote_host: '192.0.2.9', exim_msg_size: '5678' },
      ...{ exim_interface: '192.0.2.1', exim_header_id: 'a@b', exim_subject: 'a subject' },
      exim_recipient_email: 'bob@example.com',
    },
  })),
  { name: 'BRO_FIELD', line: 'a b' },
  bro('BRO_ENDS', ENDS),
  bro('BRO_HTTP', {
    ...{ ...ENDS, trans_depth: '1', method: 'GET', domain: 'example.com', uri: '/a b' },
    ...{ referrer: '-', user_agent: 'curl/8 (x)', request_body_len: '0', response_body_len: '7' },
    ...{ status_code: '200', status_msg: 'OK', info_code: '-', info_msg: '-', filename: '-' },
    ...{ bro_tags: '(empty)', username: '-', password: '-', proxied: '-', orig_fuids: '-' },
    ...{ orig_mime_types: '-', resp_fuids: 'F1', resp_mime_types: 'text/html' },
  }),
  bro('BRO_DNS', {
    ...{ ...ENDS, proto: 'udp', trans_id: '7', query: 'example.com', qclass: '1' },
    ...{
      qclass_name: 'C_INTERNET',
      qtype: '1',
      qtype_name: 'A',
      rcode: '0',
      rcode_name: 'NOERROR',
    },
    ...{ AA: 'F', TC: 'F', RD: 'T', RA: 'T', Z: '0', answers: '192.0.2.9', TTLs: '60.000000' },
    rejected: 'F',
  }),
  bro('BRO_CONN', {
    ...{ ...ENDS, proto: 'tcp', service: 'http', duration: '0.5', orig_bytes: '10' },
    ...{
      resp_bytes: '20',
      conn_state: 'SF',
      local_orig: 'T',
      missed_bytes: '0',
      history: 'ShADadF',
    },
    ...{ orig_pkts: '5', orig_ip_bytes: '270', resp_pkts: '4', resp_ip_bytes: '230' },
    tunnel_parents: '(empty)',
  }),
  bro('BRO_FILES', {
    ...{ ts: '1300475167.096535', fuid: 'F1', tx_hosts: '192.0.2.9', rx_hosts: '10.1.2.3' },
    ...{
      conn_uids: 'C1',
      source: 'HTTP',
      depth: '0',
      analyzers: 'MD5,SHA1',
      mime_type: 'text/plain',
    },
    ...{ filename: '-', duration: '0.0', local_orig: '-', is_orig: 'F', seen_bytes: '7' },
    ...{ total_bytes: '7', missing_bytes: '0', overflow_bytes: '0', timedout: 'F' },
    ...{ parent_fuid: '-', md5: 'm', sha1: 's', sha256: '-', extracted: '-' },
  }),
  {
    name: 'MCOLLECTIVE',
    line: 'I, [2010-12-29T11:15:32.321744 #11479]  INFO',
    fields: { timestamp: '2010-12-29T11:15:32.321744', pid: '11479', event_level: 'INFO' },
  },
  {
    name: 'MCOLLECTIVEAUDIT',
    line: '2010-12-28T17:09:03.889113+0000: reqid=319719cc: caller=cert=ann',
    fields: { timestamp: '2010-12-28T17:09:03.889113+0000' },
  },
];

describe('patterns of mail servers and of networks', () => {
  it.each(SAMPLES)('$name takes apart $line', ({ name, line, fields }) => {
    expect(sampleRecord({ name, line })).toMatchObject(fields ?? { matched: line.trim() });
  });

  it('all have a sample', () => {
    // What is skipped may be nothing, so that it is found in any line.
    const samples = [...SAMPLES.map(({ name }) => name), 'EXIM_SKIPPED'];
    expect(new Set(samples)).toEqual(new Set(namesIn(NETWORK_PATTERNS)));
  });
});
