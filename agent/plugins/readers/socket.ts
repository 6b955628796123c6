import { resolve } from 'node:path';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { joinedLines, LINE_BYTES_MAX, linesOf } from '../../fetch/lines-of.ts';
import { type Lines, RunningSource } from '../../fetch/running-source.ts';
import { addCounts, type FrameCounts, type Framing, NO_COUNTS } from '../../framing/framing.ts';
import { framingOptions, openFraming } from '../../framing/open-framing.ts';
import { type Framer, linesOfFrames } from '../../listen/frames.ts';
import { Inbox } from '../../listen/inbox.ts';
import { JsonFramer } from '../../listen/json-framer.ts';
import { LineFramer } from '../../listen/line-framer.ts';
import { socketAddressOption } from '../../listen/socket-address.ts';
import { type Conversation, openPacketInlet, openStreamInlet } from '../../listen/socket-inlet.ts';
import { SyslogFramer } from '../../listen/syslog-framer.ts';
import { type TlsFiles } from '../../listen/tls-files.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';
import { type PluginContext, type ReaderOpening, type SourceBatch } from '../plugin.ts';

const MIB = 1024 * 1024;
const WAITING_BYTES_MAX = 4 * MIB;
const BUFFER_BYTES = { fallback: MIB, max: 1024 * MIB };
const CONNECTIONS = { fallback: 10_000, max: 100_000 };
const KEEP_ALIVE_MS = 5 * 60_000;
/** So long it is told that packets were dropped. */
const DROPPED_SHOWN_MS = 60_000;

const RULES = {
  按原始包读取: 'packet',
  packet: 'packet',
  按换行符读取: 'line',
  line: 'line',
  按json格式读取: 'json',
  json: 'json',
  syslog: 'syslog',
} as const;
const RULE_NAMES = ['packet', 'line', 'json', 'syslog'] as const;

const file = (meaning: string) =>
  option
    .text('')
    .transform((path) => (path === '' ? '' : resolve(path)))
    .describe(meaning)
    .meta({ advanced: true });

const SocketOptions = z.object({
  socket_service_address: socketAddressOption.describe(
    'Where it listens: "tcp://host:port", "udp://host:port" or "unix:///path".',
  ),
  socket_rule: z
    .enum(['按原始包读取', '按换行符读取', '按json格式读取', ...RULE_NAMES, ''], {
      error: 'must be "packet", "line", "json" or "syslog"',
    })
    .default('')
    .transform((name) => (name === '' ? 'packet' : RULES[name]))
    .describe(
      '"packet": a datagram is a record, of a stream a line is; "line": a line is; "json": an object is; "syslog": a message is, with its length before it or ended by a line break (RFC 6587).',
    )
    .meta({ choices: RULE_NAMES, default: 'packet' }),
  socket_split_by_line: option
    .flag(false)
    .describe('The same as the rule "line".')
    .meta({ advanced: true }),
  encoding: framingOptions.encoding,
  socket_max_connections: option
    .int(0, { min: 0, max: CONNECTIONS.max })
    .transform((max) => (max === 0 ? CONNECTIONS.fallback : max))
    .describe('More connections at a time are closed; 0: 10000.')
    .meta({ advanced: true, default: '0' }),
  socket_read_timeout: goDurationOption(0)
    .describe('A connection on which nothing comes for so long is closed; "0": never.')
    .meta({ advanced: true }),
  socket_read_buffer_size: option
    .int(BUFFER_BYTES.fallback, { min: 0, max: BUFFER_BYTES.max })
    .describe('Bytes of datagrams that the system keeps for it; 0: as many as it does by itself.')
    .meta({ advanced: true }),
  socket_keep_alive_period: goDurationOption(KEEP_ALIVE_MS)
    .describe('How often a silent connection is checked; "0": never.')
    .meta({ advanced: true }),
  socket_tls_cert: file('Of TCP with TLS: the certificate file (PEM) of the server.'),
  socket_tls_key: file('The key file (PEM) of socket_tls_cert.'),
  socket_tls_client_ca: file('Peers must show a certificate of this authority (PEM).'),
});
type SocketOptions = z.output<typeof SocketOptions>;

/**
 * Listens on a socket; the files of TLS are read whenever it begins to. With `datasource_tag` each record tells its peer's address, and each batch
 * is of one peer. Of a stream the peers wait while the runner is behind; datagrams that do not fit
 * are dropped, and the status tells that. No socket tells its peer what is durable: lines that were
 * received and not yet delivered when the runner stops or the process dies are lost, at most a
 * batch in each stage and 4 MiB that wait.
 */
export const socketReader = defineReader({
  type: 'socket',
  usage:
    'Listens on a TCP (also with TLS), UDP or Unix socket for lines, packets, JSON or syslog messages.',
  options: z.looseObject(SocketOptions.shape).superRefine(checkTls),
  readPaths({ socket_service_address: address, ...options }) {
    const { socket_tls_cert: cert, socket_tls_key: key, socket_tls_client_ca: ca } = options;
    return [address.kind === 'unix' ? address.path : '', cert, key, ca].filter(
      (path) => path !== '',
    );
  },
  open(options, opening, context) {
    const { datasource_tag: tag = '' } = options;
    const intake = new SocketIntake(options, { opening, context, tellsPeers: tag !== '' });
    return {
      origin: options.socket_service_address.text,
      batches: intake.batches(),
      lag: () => ({ bytes: intake.waitingBytes }),
      counts: () => intake.counts,
      trouble: () => intake.trouble,
    };
  },
});

/** The files go together, and with TCP alone. */
function checkTls(options: SocketOptions, check: z.RefinementCtx): void {
  const { socket_tls_cert: cert, socket_tls_key: key, socket_tls_client_ca: ca } = options;
  const isTls = cert !== '' || key !== '' || ca !== '';
  const isTcp = options.socket_service_address.kind === 'tcp';
  if (!isTls || (isTcp && cert !== '' && key !== '')) return;
  const message = 'socket_tls_cert and socket_tls_key go together, with an address of tcp://';
  check.addIssue({ code: 'custom', path: ['socket_tls_cert'], message });
}

interface IntakeDeps {
  readonly opening: ReaderOpening;
  readonly context: PluginContext;
  readonly tellsPeers: boolean;
}

class SocketIntake {
  /** Of connections that have ended, and of packets. */
  #counts: FrameCounts = NO_COUNTS;
  readonly #framers = new Set<Framer>();
  readonly #options: SocketOptions;
  readonly #deps: IntakeDeps;
  readonly #inbox: Inbox;
  readonly #framing: Framing;
  readonly #rule: SocketOptions['socket_rule'];
  #dropped = 0;
  #droppedMs = 0;

  constructor(options: SocketOptions, deps: IntakeDeps) {
    const { encoding, socket_split_by_line: isSplit, socket_rule: rule } = options;
    this.#options = options;
    this.#deps = deps;
    this.#inbox = new Inbox(WAITING_BYTES_MAX, deps.context.clock);
    this.#framing = openFraming({
      ...{ encoding, container_format: null, head_pattern: null, delimiter: null },
    });
    this.#rule = isSplit ? 'line' : rule;
  }

  get waitingBytes(): number {
    return this.#inbox.bytes;
  }

  get counts(): FrameCounts {
    return [...this.#framers].reduce((sum, { counts }) => addCounts(sum, counts), this.#counts);
  }

  get trouble(): string | null {
    const sinceMs = this.#deps.context.clock.monotonicMs() - this.#droppedMs;
    if (this.#dropped === 0 || sinceMs > DROPPED_SHOWN_MS) return null;
    return `${this.#dropped} packets were dropped, for the runner is behind`;
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { limits, signal } = this.#deps.opening;
    if (signal.aborted) return;
    const inlet = await this.#open();
    this.#inbox.onRoom(() => inlet.resume());
    const source = new RunningSource('socket', this.#deps.opening);
    try {
      for (;;) {
        const parts = await this.#inbox.take(limits, signal);
        const [first] = parts;
        if (first === undefined) return;
        yield source.batch(joinedLines(parts), { origin: first.origin });
      }
    } finally {
      await inlet.close();
    }
  }

  #open() {
    const { socket_service_address: address, ...options } = this.#options;
    if (address.kind === 'udp') {
      const { socket_read_buffer_size: bufferBytes } = options;
      return openPacketInlet(address, bufferBytes, (packet, peer) => this.#packet(packet, peer));
    }
    return openStreamInlet(address, {
      tls: tlsOf(options),
      connectionsMax: options.socket_max_connections,
      idleMs: options.socket_read_timeout,
      keepAliveMs: options.socket_keep_alive_period,
      hasRoom: () => this.#inbox.hasRoom(),
      onConnection: (peer) => this.#connected(peer),
    });
  }

  #connected(peer: string): Conversation {
    const framer = this.#framer();
    const origin = this.#originOf(peer);
    const put = (parts: readonly Lines[]) =>
      this.#inbox.put(parts.map((part) => ({ ...part, origin })));
    this.#framers.add(framer);
    return {
      received: (chunk) => put(framer.push(chunk)),
      ended: () => {
        put(framer.end());
        this.#framers.delete(framer);
        this.#counts = addCounts(this.#counts, framer.counts);
      },
    };
  }

  #framer(): Framer {
    const { lines, lineBytes } = this.#deps.opening.limits;
    const bytesMax = lineBytes === 0 ? LINE_BYTES_MAX : lineBytes;
    switch (this.#rule) {
      case 'json':
        return new JsonFramer(bytesMax);
      case 'syslog':
        return new SyslogFramer(bytesMax);
      case 'line':
      case 'packet':
        return new LineFramer(this.#framing, { lines, lineBytes: bytesMax });
    }
  }

  #packet(packet: Buffer, peer: string): void {
    if (!this.#inbox.hasRoom(packet.length)) {
      this.#dropped += 1;
      this.#droppedMs = this.#deps.context.clock.monotonicMs();
      return;
    }
    const origin = this.#originOf(peer);
    this.#inbox.put(this.#linesOf(packet).map((part) => ({ ...part, origin })));
  }

  #linesOf(packet: Buffer): readonly Lines[] {
    const { encoding } = this.#options;
    if (this.#rule === 'line') {
      const { parts, counts } = linesOf(packet, this.#framing, this.#deps.opening.limits);
      this.#counts = addCounts(this.#counts, counts);
      return parts;
    }
    const text =
      encoding === null ? packet : Buffer.from(encoding.scriptOf(packet, true).decode(packet));
    const lines = linesOfFrames([text]);
    return lines === null ? [] : [lines];
  }

  #originOf(peer: string): string {
    const { text } = this.#options.socket_service_address;
    return this.#deps.tellsPeers && peer !== '' ? peer : text;
  }
}

function tlsOf(options: Omit<SocketOptions, 'socket_service_address'>): TlsFiles | null {
  const { socket_tls_cert: cert, socket_tls_key: key, socket_tls_client_ca: clientCa } = options;
  return cert === '' ? null : { cert, key, clientCa };
}
