import { describe, expect, it } from 'vitest';
import { namesIn, type Sample, sampleRecord } from '../../../../test/support/grok-samples.ts';
import { BACULA_PATTERNS } from './bacula-patterns.ts';

const VOLUME = { volume: 'Vol-0001' };
const CONNECTING = 'backup-fd on 10.0.0.1:9102. ERR=No route to host';

const MESSAGES: readonly Sample[] = [
  {
    name: 'BACULA_LOG_MAX_CAPACITY',
    line: 'User defined maximum volume capacity 53,687,091,200 exceeded on device "FileStorage" (/backup).',
    fields: { device: 'FileStorage' },
  },
  {
    name: 'BACULA_LOG_END_VOLUME',
    line: 'End of medium on Volume "Vol-0001" Bytes=53,687,050,195 Blocks=832,261 at 15-Oct-2014 22:30.',
    fields: VOLUME,
  },
  {
    name: 'BACULA_LOG_NEW_VOLUME',
    line: 'Created new Volume "Vol-0001" in catalog.',
    fields: VOLUME,
  },
  {
    name: 'BACULA_LOG_NEW_LABEL',
    line: 'Labeled new Volume "Vol-0001" on device "FileStorage" (/backup).',
    fields: { ...VOLUME, device: 'FileStorage' },
  },
  {
    name: 'BACULA_LOG_WROTE_LABEL',
    line: 'Wrote label to prelabeled Volume "Vol-0001" on device "FileStorage" (/backup)',
    fields: VOLUME,
  },
  {
    name: 'BACULA_LOG_NEW_MOUNT',
    line: 'New volume "Vol-0001" mounted on device "FileStorage" (/backup) at 15-Oct-2014 22:31.',
    fields: { ...VOLUME, device: 'FileStorage' },
  },
  {
    name: 'BACULA_LOG_NOOPEN',
    line: '     Cannot open /var/x: ERR=Permission denied.',
    fields: { berror: 'Permission denied.' },
  },
  {
    name: 'BACULA_LOG_NOOPENDIR',
    line: '     Could not open directory "/srv/x": ERR=Permission denied',
    fields: { berror: 'Permission denied' },
  },
  {
    name: 'BACULA_LOG_NOSTAT',
    line: '     Could not stat "/x": ERR=No such file or directory',
    fields: { berror: 'No such file or directory' },
  },
  {
    name: 'BACULA_LOG_NOJOBS',
    line: 'There are no more Jobs associated with Volume "Vol-0001". Marking it purged.',
    fields: VOLUME,
  },
  {
    name: 'BACULA_LOG_ALL_RECORDS_PRUNED',
    line: 'All records pruned from Volume "Vol-0001"; marking it "Purged"',
    fields: VOLUME,
  },
  { name: 'BACULA_LOG_BEGIN_PRUNE_JOBS', line: 'Begin pruning Jobs older than 6 months .' },
  { name: 'BACULA_LOG_BEGIN_PRUNE_FILES', line: 'Begin pruning Files.' },
  {
    name: 'BACULA_LOG_PRUNED_JOBS',
    line: 'Pruned 3 Jobs for client backup-fd from catalog.',
    fields: { client: 'backup-fd' },
  },
  {
    name: 'BACULA_LOG_PRUNED_FILES',
    line: 'Pruned Files from 1 Job for client backup-fd from catalog.',
    fields: { client: 'backup-fd' },
  },
  { name: 'BACULA_LOG_ENDPRUNE', line: 'End auto prune.' },
  {
    name: 'BACULA_LOG_STARTJOB',
    line: 'Start Backup JobId 1, Job=Client1.2014-10-15_22.05.00_03',
    fields: { job: 'Client1.2014-10-15_22.05.00_03' },
  },
  {
    name: 'BACULA_LOG_STARTRESTORE',
    line: 'Start Restore Job RestoreFiles.2014-10-15_22.05.00_03',
    fields: { job: 'RestoreFiles.2014-10-15_22.05.00_03' },
  },
  {
    name: 'BACULA_LOG_USEDEVICE',
    line: 'Using Device "FileStorage" to write.',
    fields: { device: 'FileStorage' },
  },
  {
    name: 'BACULA_LOG_DIFF_FS',
    line: '     /dev is a different filesystem. Will not descend from / into it.',
  },
  {
    name: 'BACULA_LOG_JOBEND',
    line: 'Job write elapsed time = 00:10:01, Transfer rate = 5.000 M Bytes/second',
    fields: { elapsed: '00:10:01' },
  },
  { name: 'BACULA_LOG_NOPRUNE_JOBS', line: 'No Jobs found to prune.' },
  { name: 'BACULA_LOG_NOPRUNE_FILES', line: 'No Files found to prune.' },
  {
    name: 'BACULA_LOG_VOLUME_PREVWRITTEN',
    line: 'Volume "Vol-0001" previously written, moving to end of data.',
    fields: VOLUME,
  },
  {
    name: 'BACULA_LOG_READYAPPEND',
    line: 'Ready to append to end of Volume "Vol-0001" size=1,234',
    fields: VOLUME,
  },
  { name: 'BACULA_LOG_CANCELLING', line: 'Cancelling duplicate JobId=12.' },
  {
    name: 'BACULA_LOG_MARKCANCEL',
    line: 'JobId 12, Job Client1.2014-10-15_22.05.00_03 marked to be canceled.',
    fields: { job: 'Client1.2014-10-15_22.05.00_03' },
  },
  {
    name: 'BACULA_LOG_CLIENT_RBJ',
    line: 'shell command: run ClientRunBeforeJob "/etc/before.sh"',
    fields: { runjob: '/etc/before.sh' },
  },
  { name: 'BACULA_LOG_VSS', line: 'Generate VSS snapshots. Driver="Win64 VSS", Drive(s)="C"' },
  { name: 'BACULA_LOG_VSS', line: 'VSS Writer (BackupComplete): "Task Scheduler Writer"' },
  {
    name: 'BACULA_LOG_MAXSTART',
    line: 'Fatal error: Job canceled because max start delay time exceeded.',
  },
  {
    name: 'BACULA_LOG_DUPLICATE',
    line: 'Fatal error: JobId 12 already running. Duplicate job not allowed.',
    fields: { duplicate: '12' },
  },
  { name: 'BACULA_LOG_NOJOBSTAT', line: 'Fatal error: No Job status returned from FD.' },
  {
    name: 'BACULA_LOG_FATAL_CONN',
    line: `Fatal error: bsock.c:133 Unable to connect to Client: ${CONNECTING}`,
    fields: { client: 'backup-fd', berror: 'No route to host' },
  },
  {
    name: 'BACULA_LOG_NO_CONNECT',
    line: `Warning: bsock.c:127 Could not connect to Client: ${CONNECTING}`,
    fields: { client: 'backup-fd', berror: 'No route to host' },
  },
  {
    name: 'BACULA_LOG_NO_AUTH',
    line: 'Fatal error: Unable to authenticate with File daemon at "10.0.0.1:9102". Possible causes:',
  },
  {
    name: 'BACULA_LOG_NOSUIT',
    line: 'No prior or suitable Full backup found in catalog. Doing FULL backup.',
  },
  { name: 'BACULA_LOG_NOPRIOR', line: 'No prior Full backup Job record found.' },
  { name: 'BACULA_LOG_JOB', line: 'Error: Bacula backup-dir 7.0.5 (28Jul14):' },
];

const PARTS: readonly Sample[] = [
  { name: 'BACULA_TIMESTAMP', line: '15-Oct 22:05' },
  { name: 'BACULA_TIMESTAMP', line: '15-Oct-2014 22:05' },
  { name: 'BACULA_HOST', line: 'backup-dir' },
  { name: 'BACULA_VOLUME', line: 'Vol-0001' },
  { name: 'BACULA_DEVICE', line: 'FileStorage' },
  { name: 'BACULA_DEVICEPATH', line: '/backup/one' },
  { name: 'BACULA_CAPACITY', line: '53,687,091,200' },
  { name: 'BACULA_VERSION', line: '7.0.5' },
  { name: 'BACULA_JOB', line: 'Client1.2014-10-15_22.05.00_03' },
  { name: 'BACULA_MOMENT', line: '15-Oct-2014 22:31' },
];

const GROUPS = [
  'BACULA_LOG_OF_VOLUMES',
  'BACULA_LOG_OF_PRUNING',
  'BACULA_LOG_OF_JOBS',
  'BACULA_LOG_OF_FAILURES',
];

describe('patterns of Bacula', () => {
  it.each(PARTS)('$name is $line', (sample) => {
    expect(sampleRecord(sample)).toEqual({ matched: sample.line });
  });

  it.each(MESSAGES)('$name takes apart $line', ({ name, line, fields }) => {
    const record = sampleRecord({ name, line });
    expect(line.trim().startsWith(String(record?.['matched']))).toBe(true);
    expect(record).toMatchObject(fields ?? {});
  });

  it.each(MESSAGES)('BACULA_LOGLINE takes apart a line of $name', ({ line, fields = {} }) => {
    const head = '15-Oct 22:05 backup-dir JobId 1: ';
    expect(sampleRecord({ name: 'BACULA_LOGLINE', line: `${head}${line}` })).toMatchObject({
      ...{ bts: '15-Oct 22:05', hostname: 'backup-dir', jobid: '1', ...fields },
    });
  });

  it('are in one group each', () => {
    for (const sample of MESSAGES) {
      const found = GROUPS.filter(
        (name) => sampleRecord({ name, line: sample.line.trimStart() }) !== undefined,
      );
      expect(found).toHaveLength(1);
    }
  });

  it('all have a sample', () => {
    const samples = [...PARTS, ...MESSAGES].map(({ name }) => name);
    expect(new Set([...samples, ...GROUPS, 'BACULA_LOGLINE'])).toEqual(
      new Set(namesIn(BACULA_PATTERNS)),
    );
  });
});
