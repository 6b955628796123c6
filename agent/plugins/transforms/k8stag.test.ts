import { describe, expect, it } from 'vitest';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { k8sTagTransform } from './k8stag.ts';

function apply(record: Record<string, unknown>) {
  const transform = k8sTagTransform.configure({ sourcefilefield: 'datasource' });
  return transform.open(pluginContext()).apply([record]);
}

describe('the transform k8stag', () => {
  it.each([
    {
      datasource: '/var/log/containers/web-7d4_shop_nginx-proxy-0a1b2c.log',
      tags: {
        ...{ k8s_pod_name: 'web-7d4', k8s_namespace: 'shop' },
        ...{ k8s_container_name: 'nginx-proxy', k8s_container_id: '0a1b2c' },
      },
    },
    {
      datasource: '/var/log/pods/shop_web-7d4_0f3c5a1e-9c1b-4a53-8a80-2c6a3e7d9b10/nginx/0.log',
      tags: {
        ...{ k8s_pod_name: 'web-7d4', k8s_namespace: 'shop', k8s_container_name: 'nginx' },
        k8s_pod_uid: '0f3c5a1e-9c1b-4a53-8a80-2c6a3e7d9b10',
      },
    },
  ])('reads $datasource', ({ datasource, tags }) => {
    expect(apply({ datasource }).records).toEqual([{ datasource, ...tags }]);
  });

  it.each([
    { record: {}, why: 'transform key datasource not exist in data' },
    { record: { datasource: 1 }, why: 'transform key datasource data type is not string' },
    { record: { datasource: '/var/log/app.log' }, why: "is no path of a container's log" },
  ])('counts a record without such a path: $why', ({ record, why }) => {
    const { records, errors, lastError } = apply(record);

    expect({ records, errors }).toEqual({ records: [record], errors: 1 });
    expect(lastError).toContain(why);
  });
});
