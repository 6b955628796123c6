import { describe, expect, it } from 'vitest';
import { namesIn, type Sample, sampleRecord } from '../../../../test/support/grok-samples.ts';
import { CISCO_PATTERNS } from './cisco-patterns.ts';

const WAY = { src_ip: '10.1.2.3', src_port: '1234', dst_ip: '192.0.2.9', dst_port: '80' };
const FROM_TO = { src_interface: 'outside', ...WAY, dst_interface: 'inside' };

const SAMPLES: readonly Sample[] = [
  { name: 'CISCOTIMESTAMP', line: 'Oct 10 2018 12:34:56' },
  { name: 'CISCOTAG', line: 'ASA-6-302013' },
  {
    name: 'CISCO_TAGGED_SYSLOG',
    line: '<166>Oct 10 2018 12:34:56 fw1 : %ASA-6-302013: Built',
    fields: {
      ...{ syslog_pri: '166', timestamp: 'Oct 10 2018 12:34:56', sysloghost: 'fw1' },
      ciscotag: 'ASA-6-302013',
    },
  },
  {
    name: 'CISCO_TAGGED_SYSLOG',
    line: '<166>Oct 10 12:34:56: %FWSM-3-106010: Deny',
    fields: { ciscotag: 'FWSM-3-106010' },
  },
  { name: 'CISCO_ACTION', line: 'denied by ACL' },
  { name: 'CISCO_REASON', line: 'Failed to locate egress interface' },
  { name: 'CISCO_DIRECTION', line: 'Inbound' },
  { name: 'CISCO_INTERVAL', line: '300-second interval' },
  { name: 'CISCO_XLATE_TYPE', line: 'dynamic' },
  { name: 'CISCO_UNIT', line: '(Secondary)' },
  { name: 'CISCO_HASHES', line: '[0x1f, 0x0]', fields: { hashcode1: '0x1f', hashcode2: '0x0' } },
  { name: 'CISCO_ICMP', line: '(type 8, code 0)', fields: { icmp_type: '8', icmp_code: '0' } },
  {
    name: 'CISCOFW104001',
    line: '(Secondary) Switching to ACTIVE - mate failed',
    fields: { switch_reason: 'mate failed' },
  },
  {
    name: 'CISCOFW104002',
    line: '(Primary) Switching to STANDBY - interface check',
    fields: { switch_reason: 'interface check' },
  },
  { name: 'CISCOFW104003', line: '(Primary) Switching to FAILED.' },
  { name: 'CISCOFW104004', line: '(Primary) Switching to OK.' },
  {
    name: 'CISCOFW105003',
    line: '(Primary) Monitoring on interface inside waiting',
    fields: { interface_name: 'inside' },
  },
  {
    name: 'CISCOFW105004',
    line: '(Primary) Monitoring on interface inside normal',
    fields: { interface_name: 'inside' },
  },
  {
    name: 'CISCOFW105005',
    line: '(Primary) Lost Failover communications with mate on interface dmz',
    fields: { interface_name: 'dmz' },
  },
  {
    name: 'CISCOFW105008',
    line: '(Primary) Testing interface dmz',
    fields: { interface_name: 'dmz' },
  },
  {
    name: 'CISCOFW105009',
    line: '(Primary) Testing on interface dmz Passed',
    fields: { interface_name: 'dmz' },
  },
  {
    name: 'CISCOFW106001',
    line: 'Inbound TCP connection denied from 10.1.2.3/1234 to 192.0.2.9/80 flags SYN  on interface outside',
    fields: {
      ...{ direction: 'Inbound', protocol: 'TCP', action: 'denied', ...WAY, tcp_flags: 'SYN' },
      interface: 'outside',
    },
  },
  {
    name: 'CISCOFW106006_106007_106010',
    line: 'Deny inbound UDP from 10.1.2.3/1234 to 192.0.2.9/80 on interface outside',
    fields: {
      ...{ action: 'Deny', direction: 'inbound', protocol: 'UDP', ...WAY, interface: 'outside' },
    },
  },
  {
    name: 'CISCOFW106006_106007_106010',
    line: 'Deny inbound UDP from 10.1.2.3/1234 to 192.0.2.9/80 due to DNS Response',
    fields: { ...WAY, reason: 'DNS Response' },
  },
  {
    name: 'CISCOFW106006_106007_106010',
    line: 'Deny inbound tcp src outside:10.1.2.3/1234 dst inside:192.0.2.9/80',
    fields: WAY,
  },
  {
    name: 'CISCOFW106014',
    line: 'Deny inbound icmp src outside:10.1.2.3 dst inside:192.0.2.9 (type 8, code 0)',
    fields: {
      ...{ action: 'Deny', direction: 'inbound', protocol: 'icmp', src_interface: 'outside' },
      ...{ src_ip: '10.1.2.3', dst_interface: 'inside', dst_ip: '192.0.2.9' },
      ...{ icmp_type: '8', icmp_code: '0' },
    },
  },
  {
    name: 'CISCOFW106015',
    line: 'Deny TCP (no connection) from 10.1.2.3/1234 to 192.0.2.9/80 flags SYN ACK  on interface outside',
    fields: {
      ...{ action: 'Deny', protocol: 'TCP', policy_id: 'no connection', ...WAY },
      ...{ tcp_flags: 'SYN ACK', interface: 'outside' },
    },
  },
  {
    name: 'CISCOFW106021',
    line: 'Deny TCP reverse path check from 10.1.2.3 to 192.0.2.9 on interface outside',
    fields: { action: 'Deny', protocol: 'TCP', src_ip: '10.1.2.3', interface: 'outside' },
  },
  {
    name: 'CISCOFW106023',
    line: 'Deny tcp src outside:10.1.2.3/1234 dst inside:192.0.2.9/80 by access-group "out_in" [0x0, 0x1]',
    fields: {
      ...{ action: 'Deny', protocol: 'tcp', ...FROM_TO, policy_id: 'out_in', hashcode1: '0x0' },
      hashcode2: '0x1',
    },
  },
  {
    name: 'CISCOFW106023',
    line: 'Deny icmp src outside:10.1.2.3 dst inside:192.0.2.9 (type 3, code 1) by access-group "a" [0x0, 0x0]',
    fields: { src_ip: '10.1.2.3', icmp_type: '3', icmp_code: '1', policy_id: 'a' },
  },
  {
    name: 'CISCOFW106100_2_3',
    line: "access-list acl denied tcp for user 'bob' outside/10.1.2.3(1234) -> inside/192.0.2.9(80) hit-cnt 1 first hit [0xa, 0xb]",
    fields: {
      ...{ policy_id: 'acl', action: 'denied', protocol: 'tcp', src_fwuser: 'bob', ...FROM_TO },
      ...{ hit_count: '1', interval: 'first hit', hashcode1: '0xa', hashcode2: '0xb' },
    },
  },
  {
    name: 'CISCOFW106100',
    line: 'access-list acl permitted tcp outside/10.1.2.3(1234) -> inside/192.0.2.9(80) hit-cnt 7 300-second interval [0xa, 0xb]',
    fields: {
      ...{ policy_id: 'acl', action: 'permitted', ...FROM_TO, hit_count: '7' },
      interval: '300-second interval',
    },
  },
  {
    name: 'CISCOFW110002',
    line: 'Failed to locate egress interface for UDP from outside:10.1.2.3/1234 to 192.0.2.9/80',
    fields: {
      ...{ reason: 'Failed to locate egress interface', protocol: 'UDP', ...WAY },
      src_interface: 'outside',
    },
  },
  {
    name: 'CISCOFW302010',
    line: '3 in use, 77 most used',
    fields: { connection_count: '3', connection_count_max: '77' },
  },
  {
    name: 'CISCOFW302013_302014_302015_302016',
    line: 'Built inbound TCP connection 447 for outside:10.1.2.3/1234 (198.51.100.1/1024) to inside:192.0.2.9/80 (192.0.2.9/8080)',
    fields: {
      ...{ action: 'Built', direction: 'inbound', protocol: 'TCP', connection_id: '447' },
      ...{ ...FROM_TO, src_mapped_ip: '198.51.100.1', src_mapped_port: '1024' },
      ...{ dst_mapped_ip: '192.0.2.9', dst_mapped_port: '8080' },
    },
  },
  {
    name: 'CISCOFW302013_302014_302015_302016',
    line: 'Teardown TCP connection 447 for outside:10.1.2.3/1234 to inside:192.0.2.9/80 duration 0:00:30 bytes 1420 TCP FINs (bob)',
    fields: {
      ...{ action: 'Teardown', connection_id: '447', ...FROM_TO, duration: '0:00:30' },
      ...{ bytes: '1420', reason: 'TCP FINs', user: 'bob' },
    },
  },
  {
    name: 'CISCOFW302020_302021',
    line: 'Built inbound ICMP connection for faddr 192.0.2.9/0 gaddr 198.51.100.1/7 laddr 10.1.2.3/7 (bob)',
    fields: {
      ...{ action: 'Built', direction: 'inbound', protocol: 'ICMP', dst_ip: '192.0.2.9' },
      ...{ icmp_seq_num: '0', src_xlated_ip: '198.51.100.1', icmp_code_xlated: '7' },
      ...{ src_ip: '10.1.2.3', icmp_code: '7', user: 'bob' },
    },
  },
  {
    name: 'CISCOFW304001',
    line: '10.1.2.3 Accessed URL 192.0.2.9:/index.html',
    fields: { src_ip: '10.1.2.3', dst_ip: '192.0.2.9', dst_url: '/index.html' },
  },
  {
    name: 'CISCOFW305011',
    line: 'Built dynamic TCP translation from inside:10.1.2.3/1234 to outside:192.0.2.9/5678',
    fields: {
      ...{ action: 'Built', xlate_type: 'dynamic', protocol: 'TCP', src_interface: 'inside' },
      ...{ src_ip: '10.1.2.3', src_port: '1234', src_xlated_interface: 'outside' },
      ...{ src_xlated_ip: '192.0.2.9', src_xlated_port: '5678' },
    },
  },
  {
    name: 'CISCOFW313001_313004_313008',
    line: 'Denied ICMP type=8, code=0 from 10.1.2.3 on interface outside',
    fields: {
      ...{ action: 'Denied', protocol: 'ICMP', icmp_type: '8', icmp_code: '0' },
      ...{ src_ip: '10.1.2.3', interface: 'outside' },
    },
  },
  {
    name: 'CISCOFW313001_313004_313008',
    line: 'Denied ICMP type=0, from laddr 10.1.2.3 on interface outside to 192.0.2.9: no matching session',
    fields: { icmp_type: '0', src_ip: '10.1.2.3', dst_ip: '192.0.2.9' },
  },
  {
    name: 'CISCOFW313005',
    line: 'No matching connection for ICMP error message: icmp src outside:10.1.2.3 dst inside:192.0.2.9 (type 3, code 3) on outside interface.  Original IP payload: udp src 192.0.2.9/53 dst 10.1.2.3/1234.',
    fields: {
      ...{ reason: 'No matching connection', protocol: 'ICMP', err_protocol: 'icmp' },
      ...{ err_src_interface: 'outside', err_src_ip: '10.1.2.3', err_dst_interface: 'inside' },
      ...{ err_dst_ip: '192.0.2.9', err_icmp_type: '3', err_icmp_code: '3', interface: 'outside' },
      ...{ orig_src_ip: '192.0.2.9', orig_src_port: '53', orig_dst_ip: '10.1.2.3' },
      orig_dst_port: '1234',
    },
  },
  {
    name: 'CISCOFW321001',
    line: "Resource 'conns' limit of 1000 reached for system",
    fields: { resource_name: 'conns', resource_limit: '1000' },
  },
  {
    name: 'CISCOFW402117',
    line: 'IPSEC: Received a non-IPSec packet (protocol= ICMP) from 10.1.2.3 to 192.0.2.9.',
    fields: { protocol: 'IPSEC', orig_protocol: 'ICMP', src_ip: '10.1.2.3', dst_ip: '192.0.2.9' },
  },
  {
    name: 'CISCOFW402119',
    line: 'IPSEC: Received an ESP packet (SPI= 0x1F, sequence number= 0x2) from 10.1.2.3 (user= bob) to 192.0.2.9 that failed anti-replay checking.',
    fields: {
      ...{ protocol: 'IPSEC', orig_protocol: 'ESP', spi: '0x1F', seq_num: '0x2' },
      ...{ src_ip: '10.1.2.3', user: 'bob', dst_ip: '192.0.2.9' },
    },
  },
  {
    name: 'CISCOFW419001',
    line: 'Dropping TCP packet from outside:10.1.2.3/1234 to inside:192.0.2.9/80, reason: MSS exceeded, MSS 460, data 1460',
    fields: {
      ...{ action: 'Dropping', protocol: 'TCP', ...FROM_TO },
      reason: 'MSS exceeded, MSS 460, data 1460',
    },
  },
  {
    name: 'CISCOFW419002',
    line: 'Duplicate TCP SYN from outside:10.1.2.3/1234 to inside:192.0.2.9/80 with different initial sequence number',
    fields: { reason: 'Duplicate TCP SYN', ...FROM_TO },
  },
  {
    name: 'CISCOFW500004',
    line: 'Invalid transport field for protocol=UDP, from 10.1.2.3/1234 to 192.0.2.9/80',
    fields: { reason: 'Invalid transport field', protocol: 'UDP', ...WAY },
  },
  {
    name: 'CISCOFW602303_602304',
    line: 'IPSEC: An outbound remote access SA (SPI= 0x1F) between 10.1.2.3 and 192.0.2.9 (user= bob) has been created.',
    fields: {
      ...{ protocol: 'IPSEC', direction: 'outbound', tunnel_type: 'remote access', spi: '0x1F' },
      ...{ src_ip: '10.1.2.3', dst_ip: '192.0.2.9', user: 'bob', action: 'created' },
    },
  },
  {
    name: 'CISCOFW710001_710002_710003_710005_710006',
    line: 'TCP access denied by ACL from 10.1.2.3/1234 to outside:192.0.2.9/80',
    fields: {
      ...{ protocol: 'TCP', action: 'denied by ACL', ...WAY, dst_interface: 'outside' },
    },
  },
  {
    name: 'CISCOFW710001_710002_710003_710005_710006',
    line: 'UDP request discarded from 10.1.2.3/1234 to outside:192.0.2.9/80',
    fields: { protocol: 'UDP', action: 'discarded', ...WAY },
  },
  {
    name: 'CISCOFW713172',
    line: 'Group = g, IP = 10.1.2.3, Automatic NAT Detection Status:     Remote end is NOT behind a NAT device     This   end is behind a NAT device',
    fields: {
      ...{ group: 'g', src_ip: '10.1.2.3', is_remote_natted: 'is NOT', is_local_natted: 'is' },
    },
  },
  {
    name: 'CISCOFW733100',
    line: '[ Scanning] drop rate-1 exceeded. Current burst rate is 0 per second, max configured rate is 10; Current average rate is 7 per second, max configured rate is 5; Cumulative total count is 4471',
    fields: {
      ...{ drop_type: 'Scanning', drop_rate_id: 'rate-1', drop_rate_current_burst: '0' },
      ...{ drop_rate_max_burst: '10', drop_rate_current_avg: '7', drop_rate_max_avg: '5' },
      drop_total_count: '4471',
    },
  },
];

describe('patterns of Cisco', () => {
  it.each(SAMPLES)('$name takes apart $line', ({ name, line, fields }) => {
    expect(sampleRecord({ name, line })).toMatchObject(fields ?? { matched: line });
  });

  it('all have a sample', () => {
    expect(new Set(SAMPLES.map(({ name }) => name))).toEqual(new Set(namesIn(CISCO_PATTERNS)));
  });
});
