import { z } from 'zod';
import { decodeBody } from '../../shared/api/go-json.ts';
import type { Route } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Membership } from '../membership.ts';

const TAG_LENGTH_MAX = 256;

const TagBody = z.object({
  tag: z
    .string()
    .max(TAG_LENGTH_MAX, { error: `tag is longer than ${TAG_LENGTH_MAX} characters` })
    .default(''),
});

/** `POST /logkit/cluster/tag` of an agent; null where the process is in no cluster. */
export function tagRoute(membership: Pick<Membership, 'setTag'> | null): Route {
  return {
    method: 'POST',
    path: '/logkit/cluster/tag',
    access: 'user',
    failure: 'L2005',
    async answer({ body, contentType, signal }) {
      const { tag } = decodeBody(TagBody, { body, contentType }, 'mgr.TagReq');
      if (membership === null) throw new AppError('invalid', 'cluster function not configed');
      await membership.setTag(tag, signal);
    },
  };
}
