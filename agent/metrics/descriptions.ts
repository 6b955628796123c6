/** What a form is told of one metric. */
export interface MetricDescription {
  readonly type: string;
  readonly usage: string;
  /** Of its records, without the name of the metric before them. */
  readonly fields: readonly string[];
  readonly options: readonly MetricOption[];
}

interface MetricOption {
  readonly name: string;
  readonly description: string;
  readonly default: string;
  readonly choices: readonly string[];
}

const CPU_STATES = [
  ...['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest'],
  ...['guest_nice', 'cpu'],
];
const TCP_STATES = [
  ...['none', 'established', 'syn_sent', 'syn_recv', 'fin_wait1', 'fin_wait2', 'time_wait'],
  ...['close', 'close_wait', 'last_ack', 'listen', 'closing'],
];

/** Of every metric; a test holds the fields to what is collected. */
export const METRIC_DESCRIPTIONS: readonly MetricDescription[] = [
  {
    type: 'cpu',
    usage: 'How busy each processor is, and all of them.',
    fields: [
      ...CPU_STATES.map((state) => `time_${state}`),
      ...CPU_STATES.map((state) => `usage_${state}`),
    ],
    options: [
      flag('per_cpu', 'A record for each processor.'),
      flag('total_cpu', 'A record for all of them together.'),
      flag('collect_cpu_time', 'Seconds since the start, too, and not only percent.'),
    ],
  },
  {
    type: 'mem',
    usage: 'How much memory there is, and how it is used.',
    fields: [
      ...['total', 'available', 'used', 'free', 'cached', 'buffered', 'active', 'inactive'],
      ...['used_percent', 'available_percent'],
    ],
    options: [],
  },
  {
    type: 'swap',
    usage: 'How much memory is swapped out, and what goes in and out.',
    fields: ['total', 'used', 'free', 'used_percent', 'in', 'out'],
    options: [],
  },
  {
    type: 'disk',
    usage: 'How full each file system is.',
    fields: [
      ...['path', 'device', 'fstype', 'total', 'free', 'used', 'used_percent'],
      ...['inodes_total', 'inodes_fress', 'inodes_used'],
    ],
    options: [
      names('ignore_fs', 'Types of file systems that are left out, parted by commas.'),
      names('mount_points', 'Only those that are mounted there; empty: all.'),
    ],
  },
  {
    type: 'diskio',
    usage: 'What each disk reads and writes.',
    fields: [
      ...['name', 'reads', 'writes', 'reads_per_sec', 'writes_per_sec'],
      ...['merged_read_count', 'merged_write_count'],
      ...['merged_read_count_per_sec', 'merged_write_count_per_sec'],
      ...['read_bytes', 'write_bytes', 'read_bytes_per_sec', 'write_bytes_per_sec'],
      ...['read_time', 'write_time', 'io_time', 'read_await', 'write_await', 'await'],
      ...['io_util', 'iops_in_progress'],
    ],
    options: [names('devices', 'Only these disks; empty: all.')],
  },
  {
    type: 'net',
    usage: 'What each network card sends and receives.',
    fields: [
      ...['interface', 'hw_addr', 'bytes_sent', 'bytes_recv', 'bytes_sent_per_sec'],
      ...['bytes_recv_per_sec', 'packets_sent', 'packets_recv', 'packets_sent_per_sec'],
      ...['packets_recv_per_sec', 'err_in', 'err_out', 'drop_in', 'drop_out'],
    ],
    options: [names('interfaces', 'Only these cards; empty: all.')],
  },
  {
    type: 'netstat',
    usage: 'How many connections are in which state.',
    fields: [...TCP_STATES.map((state) => `tcp_${state}`), 'udp_socket'],
    options: [],
  },
  {
    type: 'processes',
    usage: 'How many processes are in which state.',
    fields: [
      ...['running', 'sleeping', 'blocked', 'zombies', 'dead', 'stopped', 'paging', 'idle'],
      ...['unknown', 'total', 'total_threads'],
    ],
    options: [],
  },
  {
    type: 'system',
    usage: 'The load of the machine, and what it has.',
    fields: [
      ...['load1', 'load5', 'load15', 'n_cpus', 'uptime', 'uptime_format', 'n_net_cards'],
      'n_disks',
    ],
    options: [],
  },
  {
    type: 'kernel',
    usage: 'What the kernel has counted since the start.',
    fields: [
      ...['interrupts', 'context_switches', 'processes_forked', 'boot_time'],
      ...['disk_pages_in', 'disk_pages_out'],
    ],
    options: [],
  },
];

function flag(name: string, description: string): MetricOption {
  return { name, description, default: 'true', choices: ['true', 'false'] };
}

function names(name: string, description: string): MetricOption {
  return { name, description, default: '', choices: [] };
}
