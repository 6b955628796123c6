import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_FILE, ConfigRig } from '../../test/support/config-rig.ts';

let rig: ConfigRig;
beforeEach(async () => {
  rig = await ConfigRig.create();
});
afterEach(() => rig.remove());

describe('a warning', () => {
  it('names the unknown key and the one that was probably meant', async () => {
    const { warnings } = await rig.load({
      bind_hots: ':1',
      confs_path: [],
      master_url: [],
      shoe_size: 42,
      cluster: { tags: 'a', timeout_ms: { raed: 1 } },
    });

    expect(warnings).toEqual([
      `${CONFIG_FILE}: bind_hots: is not a known key and has no effect; did you mean bind_host?`,
      `${CONFIG_FILE}: master_url: is not a known key and has no effect; did you mean cluster.master_url?`,
      `${CONFIG_FILE}: shoe_size: is not a known key and has no effect`,
      `${CONFIG_FILE}: cluster.tags: is not a known key and has no effect; did you mean cluster.tag?`,
      `${CONFIG_FILE}: cluster.timeout_ms.raed: is not a known key and has no effect; did you mean cluster.timeout_ms.read?`,
    ]);
  });

  it('is one for all keys of the original that mean nothing here', async () => {
    const given = { confs_path: [], pandora_ak: 'a', collect_log_enable: true, pandora_sk: 'b' };
    const { warnings } = await rig.load(given);

    expect(warnings).toEqual([
      `${CONFIG_FILE}: pandora_ak, collect_log_enable, pandora_sk: accepted for the sake of old files, without any effect`,
    ]);
  });

  it('is not given for $schema', async () => {
    const { warnings } = await rig.load({ $schema: './logkit.conf.schema.json', confs_path: [] });
    expect(warnings).toEqual([]);
  });
});
