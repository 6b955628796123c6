import { goDurationMs } from '../../domain/go-duration.ts';
import type { Caller } from '../../http/caller.ts';
import { type Call, RawAnswer } from '../../http/route.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Registry } from '../registry.ts';
import type { ServiceWatch } from '../service-watch.ts';
import { queryOf, serviceNameIn } from './call-parts.ts';
import { updateWithin, WatchStream, watchData } from './watch-stream.ts';
import { WatchQuery } from './wire-schemas.ts';

/** Each has an open connection, and what has changed since it was written to last. */
const WATCHES_MAX = 10_000;
const WAIT_MS_MAX = 300_000;
const STREAM_HEADERS = { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };

interface WatchAnswersDeps {
  readonly registry: Registry;
  readonly clock: Clock;
}

/** Those who follow services over HTTP: by one long connection, or by one long call after another. */
export class WatchAnswers {
  readonly #deps: WatchAnswersDeps;
  readonly #closing = new AbortController();
  #count = 0;

  constructor(deps: WatchAnswersDeps) {
    this.#deps = deps;
  }

  async answer(call: Call): Promise<unknown> {
    const service = serviceNameIn(call);
    const { wait, revision = lastEventId(call) } = queryOf(call, WatchQuery);
    const waitMs = wait === undefined ? null : waitMsOf(wait);
    const watch = await this.#begin(service, revision);
    if (waitMs !== null) return this.#once(watch, waitMs, call);
    return this.#stream(watch, call, revision === undefined);
  }

  /** Ends all that there are, in order; whoever comes later is answered at once. */
  close(): void {
    this.#closing.abort();
  }

  async #stream(watch: ServiceWatch, call: Call, isNew: boolean): Promise<RawAnswer> {
    const { clock } = this.#deps;
    const ends = [this.#closing.signal, this.#tokenEnd(call.caller, watch.stopped)];
    try {
      // Before the head of the answer is out it can still be said why there is none.
      const first = isNew ? await watch.nextChange(AbortSignal.any([call.signal, ...ends])) : null;
      const body = new WatchStream({ watch, first, clock, signal: AbortSignal.any(ends) });
      const contentType = 'text/event-stream; charset=UTF-8';
      return new RawAnswer({ contentType, body, headers: STREAM_HEADERS });
    } catch (thrown) {
      watch.stop();
      throw thrown;
    }
  }

  async #once(watch: ServiceWatch, waitMs: number, call: Call) {
    const { clock } = this.#deps;
    try {
      const signal = AbortSignal.any([call.signal, this.#closing.signal]);
      const update = await updateWithin(waitMs, watch, { clock, signal });
      if (update !== null) return watchData(update);
      return { revision: watch.revision, snapshot: false, instances: [], removed: [] };
    } finally {
      watch.stop();
    }
  }

  async #begin(service: string, revision: number | undefined): Promise<ServiceWatch> {
    if (this.#count >= WATCHES_MAX) {
      throw new AppError('unavailable', `监听服务失败: there are ${WATCHES_MAX} watches already`);
    }
    this.#count += 1;
    try {
      const options = revision === undefined ? {} : { revision };
      const watch = await this.#deps.registry.watch(service, options);
      watch.stopped.addEventListener('abort', () => (this.#count -= 1), { once: true });
      return watch;
    } catch (thrown) {
      this.#count -= 1;
      throw thrown;
    }
  }

  /** Whoever has begun with a token needs another one when that is over. */
  #tokenEnd({ token }: Caller, stopped: AbortSignal): AbortSignal {
    const end = new AbortController();
    const { clock } = this.#deps;
    if (token !== null) {
      const leftMs = Math.max(0, token.expiresS * 1_000 - clock.now());
      void clock.sleep(leftMs, stopped).then(() => end.abort());
    }
    return end.signal;
  }
}

/** What a client that comes back has seen last, in the way of server-sent events. */
function lastEventId(call: Call): number | undefined {
  const text = call.header('last-event-id');
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** @throws AppError `invalid`. */
function waitMsOf(text: string): number {
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : goDurationMs(text);
  if (ms !== null) return Math.min(ms, WAIT_MS_MAX);
  throw new AppError('invalid', '解析请求失败: wait: write a time such as 30s or 30');
}
