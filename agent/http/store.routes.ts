import { LOGKIT_CODES } from '../../shared/api/codes.ts';
import type { Route } from '../../shared/http/route.ts';
import type { PlaceIdentity } from '../../shared/stores/partitions/place-identity.ts';

/** Which store this agent shares work in; null where it has none. Masters ask before they tell agents to share. */
export function storeRoute(store: Pick<PlaceIdentity, 'type' | 'id'> | null): Route {
  return {
    method: 'GET',
    path: '/logkit/partitions/store',
    access: 'user',
    failure: LOGKIT_CODES.configGet,
    answer: async ({ signal }) => ({
      store: store === null ? null : { type: store.type, id: await store.id(signal) },
    }),
  };
}
