/** One line of a container's log file. */
export interface ContainerPiece {
  readonly stream: string;
  /** What the container wrote, without a line break at its end. */
  readonly text: Buffer;
  /** Whether the container's line ends here. */
  readonly isLast: boolean;
}

export type ContainerFormat = 'cri' | 'docker' | 'auto';

const STREAMS = ['stdout', 'stderr'];
const BLANK = 0x20;
const BRACE = 0x7b;
const COLON = 0x3a;
const TIME_BYTES_MAX = 64;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** Reads a line (without its line break) of a container's log; null when it is none. */
export function readContainerLine(line: Buffer, format: ContainerFormat): ContainerPiece | null {
  const isDocker = format === 'docker' || (format === 'auto' && line[0] === BRACE);
  return isDocker ? readDockerLine(line) : readCriLine(line);
}

/** `2016-10-06T00:17:09.669794202Z stdout P text`; more tags may follow the first after a colon. */
function readCriLine(line: Buffer): ContainerPiece | null {
  const timeEnd = line.indexOf(BLANK);
  if (timeEnd === -1 || timeEnd > TIME_BYTES_MAX) return null;
  const streamEnd = line.indexOf(BLANK, timeEnd + 1);
  if (streamEnd === -1 || !TIME.test(line.toString('latin1', 0, timeEnd))) return null;
  const stream = STREAMS.find((name) => line.toString('latin1', timeEnd + 1, streamEnd) === name);
  const tag = line.toString('latin1', streamEnd + 1, streamEnd + 2);
  if (stream === undefined || (tag !== 'P' && tag !== 'F')) return null;
  const textStart = tagsEnd(line, streamEnd + 2);
  if (textStart === -1) return null;
  return { stream, text: line.subarray(textStart), isLast: tag === 'F' };
}

/** Where the text begins behind the tags; an empty one may come without its blank. */
function tagsEnd(line: Buffer, from: number): number {
  if (from === line.length) return from;
  if (line[from] === BLANK) return from + 1;
  if (line[from] !== COLON) return -1;
  const end = line.indexOf(BLANK, from);
  return end === -1 ? line.length : end + 1;
}

/** `{"log":"text\n","stream":"stdout","time":"..."}`; a text without `\n` is continued. */
function readDockerLine(line: Buffer): ContainerPiece | null {
  const entry = parsed(line);
  if (typeof entry !== 'object' || entry === null || !('log' in entry)) return null;
  const { log } = entry;
  if (typeof log !== 'string') return null;
  const stream = 'stream' in entry && entry.stream === 'stderr' ? 'stderr' : 'stdout';
  const isLast = log.endsWith('\n');
  return { stream, text: Buffer.from(isLast ? log.slice(0, -1) : log), isLast };
}

function parsed(line: Buffer): unknown {
  if (line[0] !== BRACE) return null;
  try {
    return JSON.parse(line.toString());
  } catch {
    return null;
  }
}
