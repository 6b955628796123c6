import { freePort } from '../../../support/fleet-process.ts';
import { type Snmpd, startSnmpd } from '../../../support/snmpd.ts';
import type { ReaderRig, ReaderSource } from '../../reader-rig.ts';
import { silentUdp } from '../../support/silent-server.ts';

const optionsAt = (address: string) => ({
  ...{ snmp_agents: address, snmp_community: 'secret', snmp_interval: '10ms' },
  snmp_tables: '[{"table_oid":"1.3.6.1.2.1.2.2"}]',
});

/** The interfaces of this machine, whoever asks for them. */
export const snmpRig: ReaderRig = {
  make: async ({ servers }) => sourceAt((await servers.snmpd()).address),
  absent: async () => {
    const port = await freePort();
    let snmpd: Snmpd | null = null;
    const source = sourceAt(`127.0.0.1:${port}`);
    return {
      ...source,
      options: { ...source.options, snmp_time_out: '100ms', snmp_retries: '0' },
      appear: async () => {
        snmpd = await startSnmpd(port);
      },
      release: async () => {
        await snmpd?.stop();
      },
    };
  },
  absence: 'told',
  resumes: false,
  isUnnumbered: true,
  silent: { open: silentUdp, options: (port) => optionsAt(`127.0.0.1:${port}`) },
};

function sourceAt(address: string): ReaderSource {
  const nothing = () => Promise.resolve();
  return { options: optionsAt(address), add: nothing, flood: nothing };
}
