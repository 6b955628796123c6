import { z } from 'zod';
import { jsonBody } from '../../api/json-body.ts';
import { goDurationText } from '../../domain/go-duration-text.ts';
import type { Call } from '../../http/route.ts';
import type { Clock } from '../../kernel/clock.ts';
import { readAs } from '../read-as.ts';
import type { Registry } from '../registry.ts';
import { instanceIdIn, requireGiven } from './call-parts.ts';
import { OPERATIONS } from './operations.ts';
import { mayTouch, requireOwn } from './own-services.ts';
import type { Renewals } from './renewals.ts';

const BODY_BYTES_MAX = 64 * 1024;
const SECOND_MS = 1_000;

/** The rest of both is read by the registry. */
const Registered = z.looseObject({ name: z.unknown().optional(), address: z.unknown().optional() });
const Named = z.looseObject({ name: z.string(), address: z.string() });
const Held = z.looseObject({
  status: z.enum(['maintenance', 'offline']),
  reason: z.string().optional(),
  until: z.string().nullish(),
});

interface InstanceAnswersDeps {
  readonly registry: Registry;
  readonly renewals: Renewals;
  readonly clock: Clock;
}

/** What the API answers of single instances. */
export function instanceAnswers({ registry, renewals, clock }: InstanceAnswersDeps) {
  return {
    async register(call: Call) {
      const { caller } = call;
      const body = jsonBody(call, Registered, BODY_BYTES_MAX);
      requireGiven(body.name, '服务名称');
      requireGiven(body.address, '服务地址');
      const given = readAs(Named, body, 'INVALID_INSTANCE');
      requireOwn(caller, given.name);
      return registry.register(given, caller.name);
    },

    async unregister(call: Call) {
      const id = instanceIdIn(call);
      await registry.unregister(id, doerOf(call));
      renewals.forget(id);
      return OPERATIONS.unregister.data;
    },

    async offline(call: Call) {
      const instance = await registry.offline(instanceIdIn(call), doerOf(call));
      return { message: '服务下线成功', instance };
    },

    get: (call: Call) => registry.getService(instanceIdIn(call)),

    async health(call: Call) {
      const instance = await registry.getService(instanceIdIn(call));
      const nowMs = clock.now();
      return {
        ...{ service_id: instance.id, service_name: instance.name, status: instance.status },
        ...{ healthy: instance.isHealthy(), online: instance.isOnline() },
        offline: instance.isOffline(),
        uptime: wholeSeconds(instance.getUptime(nowMs)),
        register_duration: wholeSeconds(instance.getRegisterDuration(nowMs)),
        offline_duration: wholeSeconds(instance.getOfflineDuration(nowMs)),
        last_check: new Date(nowMs).toISOString(),
      };
    },

    async history(call: Call) {
      const events = await registry.history(instanceIdIn(call));
      return events.map(({ atMs, ...event }) => ({ time: new Date(atMs).toISOString(), ...event }));
    },

    override: (call: Call) =>
      registry.override(instanceIdIn(call), jsonBody(call, Held), call.caller.name),

    endOverride: (call: Call) => registry.endOverride(instanceIdIn(call), call.caller.name),
  };
}

/** An administrator's name goes into the history; instances of other services are left alone. */
function doerOf({ caller }: Call) {
  return { actor: caller.name, may: (service: string) => mayTouch(caller, service) };
}

function wholeSeconds(ms: number): string {
  return goDurationText(Math.max(0, Math.floor(ms / SECOND_MS) * SECOND_MS));
}
