import { describe, expect, it } from 'vitest';
import { namesIn, type Sample, sampleRecord } from '../../../../test/support/grok-samples.ts';
import { FIREWALL_PATTERNS } from './firewall-patterns.ts';

const WAY = { src_ip: '10.1.2.3', src_port: '1234', dst_ip: '192.0.2.9', dst_port: '80' };
const NF = {
  ...{ nf_in_interface: 'eth0', nf_src_ip: '192.0.2.1', nf_dst_ip: '192.0.2.2' },
  ...{ nf_protocol: 'TCP', nf_src_port: '5555', nf_dst_port: '22' },
};
const MAC = '00:11:22:33:44:55:66:77:88:99:aa:bb:08:00';
const PACKET =
  `IN=eth0 OUT= MAC=${MAC} SRC=192.0.2.1 DST=192.0.2.2 LEN=52 TOS=0x00 PREC=0x20 TTL=63 ` +
  'ID=7 DF PROTO=TCP SPT=5555 DPT=22 WINDOW=1024 RES=0x00 SYN URGP=0';

const SAMPLES: readonly Sample[] = [
  {
    name: 'NETSCREENSESSIONLOG',
    line:
      'Mar 18 17:56:52 192.168.56.11 fw1: NetScreen device_id=ns5gt  [Root]system-notification-' +
      '00257(traffic): start_time="2009-03-18 16:07:06" duration=3 policy_id=320001 service=dns ' +
      'proto=17 src zone=Trust dst zone=Untrust action=Permit sent=78 rcvd=163 src=10.1.2.3 ' +
      'dst=192.0.2.9 src_port=1234 dst_port=53 src-xlated ip=192.0.2.1 port=3045 ' +
      'dst-xlated ip=192.0.2.9 port=53 session_id=5011 reason=Close - RESP',
    fields: {
      ...{ date: 'Mar 18 17:56:52', device: '192.168.56.11', device_id: 'ns5gt' },
      ...{ start_time: '2009-03-18 16:07:06', duration: '3', policy_id: '320001', service: 'dns' },
      ...{ proto: '17', src_zone: 'Trust', dst_zone: 'Untrust', action: 'Permit', sent: '78' },
      ...{ rcvd: '163', ...WAY, dst_port: '53', src_xlated_ip: '192.0.2.1' },
      ...{ src_xlated_port: '3045', dst_xlated_ip: '192.0.2.9', dst_xlated_port: '53' },
      ...{ session_id: '5011', reason: 'Close - RESP' },
    },
  },
  { name: 'RT_FLOW_EVENT', line: 'RT_FLOW_SESSION_CLOSE' },
  {
    name: 'RT_FLOW_WAY',
    line: '10.1.2.3/1234->192.0.2.9/80 junos-http',
    fields: { 'src-ip': '10.1.2.3', 'dst-port': '80', service: 'junos-http' },
  },
  {
    name: 'RT_FLOW_NAT',
    line: '198.51.100.1/1024->192.0.2.9/8080 rule1 None 6',
    fields: { 'nat-src-port': '1024', 'nat-dst-port': '8080', 'src-nat-rule-name': 'rule1' },
  },
  {
    name: 'RT_FLOW_ZONES',
    line: 'p1 trust untrust',
    fields: { 'policy-name': 'p1', 'from-zone': 'trust', 'to-zone': 'untrust' },
  },
  {
    name: 'RT_FLOW1',
    line: 'RT_FLOW_SESSION_CLOSE: session closed TCP FIN: 10.1.2.3/1234->192.0.2.9/80 junos-http 198.51.100.1/1024->192.0.2.9/8080 rule1 None 6 p1 trust untrust 12345 5(500) 4(400) 10 UNKNOWN UNKNOWN',
    fields: {
      ...{ event: 'RT_FLOW_SESSION_CLOSE', 'close-reason': 'TCP FIN', 'src-ip': '10.1.2.3' },
      ...{ 'src-port': '1234', 'dst-ip': '192.0.2.9', 'dst-port': '80', service: 'junos-http' },
      ...{ 'nat-src-ip': '198.51.100.1', 'nat-src-port': '1024', 'nat-dst-ip': '192.0.2.9' },
      ...{ 'nat-dst-port': '8080', 'src-nat-rule-name': 'rule1', 'dst-nat-rule-name': 'None' },
      ...{ 'protocol-id': '6', 'policy-name': 'p1', 'from-zone': 'trust', 'to-zone': 'untrust' },
      ...{ 'session-id': '12345', sent: '500', received: '400', 'elapsed-time': '10' },
    },
  },
  {
    name: 'RT_FLOW2',
    line: 'RT_FLOW_SESSION_CREATE: session created 10.1.2.3/1234->192.0.2.9/80 junos-http 198.51.100.1/1024->192.0.2.9/8080 rule1 None 6 p1 trust untrust 12345 N/A(N/A) ge-0/0/1.0',
    fields: {
      ...{ event: 'RT_FLOW_SESSION_CREATE', 'nat-src-port': '1024', 'dst-nat-rule-name': 'None' },
      ...{ 'protocol-id': '6', 'session-id': '12345' },
    },
  },
  {
    name: 'RT_FLOW3',
    line: 'RT_FLOW_SESSION_DENY: session denied 10.1.2.3/1234->192.0.2.9/80 junos-http 6(0) p1 trust untrust',
    fields: { event: 'RT_FLOW_SESSION_DENY', 'protocol-id': '6', 'to-zone': 'untrust' },
  },
  {
    name: 'NF_MAC',
    line: MAC,
    fields: { nf_dst_mac: '00:11:22:33:44:55', nf_src_mac: '66:77:88:99:aa:bb' },
  },
  {
    name: 'NF_WAY',
    line: 'IN= OUT=eth1 PHYSIN=a PHYSOUT=b SRC=192.0.2.1 DST=192.0.2.2',
    fields: { nf_out_interface: 'eth1', nf_src_ip: '192.0.2.1', nf_dst_ip: '192.0.2.2' },
  },
  {
    name: 'NF_PACKET',
    line: 'LEN=72 TC=0 HOPLIMIT=255 FLOWLBL=9',
    fields: { nf_len: '72', nf_tos: '0', nf_ttl: '255', nf_id: '9' },
  },
  { name: 'NF_PORTS', line: 'PROTO=ICMPv6', fields: { nf_protocol: 'ICMPv6' } },
  {
    name: 'IPTABLES',
    line: PACKET,
    fields: { ...NF, nf_tos: '0x00', nf_prec: '0x20', nf_ttl: '63', nf_id: '7', nf_len: '52' },
  },
  {
    name: 'IPTABLES',
    line: 'IN=eth0 OUT= MAC= SRC=fe80::1 DST=ff02::1 LEN=72 TC=0 HOPLIMIT=255 FLOWLBL=0 PROTO=ICMPv6 TYPE=135 CODE=0',
    fields: { nf_src_ip: 'fe80::1', nf_dst_ip: 'ff02::1', nf_protocol: 'ICMPv6' },
  },
  {
    name: 'SHOREWALL',
    line: `May 28 17:23:25 fw1 kernel: [3124658.791874] Shorewall:net-fw:DROP:${PACKET}`,
    fields: {
      ...{ timestamp: 'May 28 17:23:25', nf_host: 'fw1', nf_action1: 'net-fw' },
      ...{ nf_action2: 'DROP', nf_src_mac: '66:77:88:99:aa:bb', ...NF },
    },
  },
  {
    name: 'SFW2',
    line: `Mar 29 14:01:00 fw1 kernel: [ 1234.567] SFW2-INext-DROP-DEFLT ${PACKET}`,
    fields: {
      ...{ timestamp: 'Mar 29 14:01:00', nf_action: 'INext-DROP-DEFLT', ...NF },
      nf_dst_mac: '00:11:22:33:44:55',
    },
  },
];

describe('patterns of firewalls', () => {
  it.each(SAMPLES)('$name takes apart $line', ({ name, line, fields }) => {
    expect(sampleRecord({ name, line })).toMatchObject(fields ?? { matched: line });
  });

  it('all have a sample', () => {
    expect(new Set(SAMPLES.map(({ name }) => name))).toEqual(new Set(namesIn(FIREWALL_PATTERNS)));
  });
});
