import { networkInterfaces } from 'node:os';
import { type Collector, type MetricOptions, namesOf, Rates, wordsOf } from './collector.ts';

/** A record for each network interface: counters since the start, rates since the last look. */
export function net(options: MetricOptions): Collector {
  const wanted = namesOf(options, 'interfaces');
  const rates = new Rates();
  return {
    async collect({ proc, nowMs }) {
      rates.look(nowMs);
      return wordsOf((await proc('net/dev')).replaceAll(':', ' '))
        .slice(2)
        .map(([name = '', ...counters]) => ({ name, counters: counters.map(Number) }))
        .filter(({ name }) => wanted?.has(name) ?? name !== 'lo')
        .map(({ name, counters }) => trafficOf(name, counters, rates));
    },
  };
}

function trafficOf(name: string, counters: readonly number[], rates: Rates) {
  const at = (index: number) => counters[index] ?? 0;
  const received = { bytes: at(0), packets: at(1) };
  const sent = { bytes: at(8), packets: at(9) };
  const perSecond = (what: string, value: number) => rates.perSecond(`${name} ${what}`, value);
  return {
    interface: name,
    hw_addr: networkInterfaces()[name]?.[0]?.mac ?? '',
    ...{ bytes_sent: sent.bytes, bytes_recv: received.bytes },
    bytes_sent_per_sec: perSecond('bytes sent', sent.bytes),
    bytes_recv_per_sec: perSecond('bytes received', received.bytes),
    ...{ packets_sent: sent.packets, packets_recv: received.packets },
    packets_sent_per_sec: perSecond('packets sent', sent.packets),
    packets_recv_per_sec: perSecond('packets received', received.packets),
    ...{ err_in: at(2), err_out: at(10), drop_in: at(3), drop_out: at(11) },
  };
}

/** By the state's number in /proc/net/tcp. */
const STATES: readonly string[] = [
  ...['none', 'established', 'syn_sent', 'syn_recv', 'fin_wait1', 'fin_wait2', 'time_wait'],
  ...['close', 'close_wait', 'last_ack', 'listen', 'closing'],
];

/** How many connections of TCP are in which state, and how many sockets of UDP there are. */
export const netstat: Collector = {
  async collect({ proc }) {
    const table = async (name: string) =>
      wordsOf(await proc(`net/${name}`).catch(() => '')).slice(1);
    const tcp = [...(await table('tcp')), ...(await table('tcp6'))];
    const udp = [...(await table('udp')), ...(await table('udp6'))];
    const counts = new Map(STATES.map((state) => [`tcp_${state}`, 0]));
    for (const [, , , code = ''] of tcp) {
      const state = `tcp_${STATES[parseInt(code, 16)] ?? 'none'}`;
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return [{ ...Object.fromEntries(counts), udp_socket: udp.length }];
  },
};
