import { readFile, writeFile } from 'node:fs/promises';

/** Linux counts the processor time of a process in these, on every machine. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

/** Processor time of a process and all its threads so far, its kernel's part included. */
export async function cpuSeconds(pid: number): Promise<number> {
  const [user = 0, system = 0] = (await statFields(pid)).slice(UTIME);
  return (user + system) / TICKS_PER_SECOND;
}

/** The same of the processes that this one has started and that have ended. */
export async function endedChildrenCpuSeconds(): Promise<number> {
  const [user = 0, system = 0] = (await statFields('self')).slice(CUTIME);
  return (user + system) / TICKS_PER_SECOND;
}

/** The memory that a process holds now. */
export function rssMb(pid: number): Promise<number> {
  return memoryMb(pid, 'VmRSS');
}

/** The most memory that a process held since it began, or since that was forgotten. */
export function peakRssMb(pid: number): Promise<number> {
  return memoryMb(pid, 'VmHWM');
}

/** From here on only what a process holds from now on counts as its peak. */
export function forgetPeakRss(pid: number): Promise<void> {
  return writeFile(`/proc/${pid}/clear_refs`, FORGET_PEAK);
}

/** What proc_pid_clear_refs(5) says resets the peak. */
const FORGET_PEAK = '5';

async function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status tells no ${field}`);
  return (Number(kib) * KIB) / 1e6;
}

/** Places among the fields behind the program's name. */
const UTIME = 11;
const CUTIME = 13;

async function statFields(pid: number | 'self'): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name is in brackets and may hold anything, brackets and blanks included.
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}
