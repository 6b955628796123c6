import type { Route } from '../../http/route.ts';
import type { Administration } from '../administration.ts';
import type { FindWork } from './find-work.ts';
import { jsonRoute } from './json-route.ts';

/** Which data are worked on, and the word that others are right. */
export function storeRoutes(find: FindWork): Route[] {
  return [
    jsonRoute('GET', '/api/v1/store', async (call) => storeOnWire(find(call))),
    jsonRoute('POST', '/api/v1/store/accept', async (call) => {
      const administration = find(call);
      await administration.coordinator.acceptStore();
      return { success: true, ...storeOnWire(administration) };
    }),
  ];
}

function storeOnWire({ store, coordinator }: Administration) {
  const { storeLoss } = coordinator;
  return {
    ...{ store_id: store.identity.id, incarnation: store.identity.incarnation },
    ...{ is_lost: storeLoss !== null, message: storeLoss?.message ?? '' },
  };
}
