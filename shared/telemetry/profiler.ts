import { Session } from 'node:inspector/promises';
import { finished } from 'node:stream';
import { getHeapSnapshot } from 'node:v8';
import { RawAnswer, type Route } from '../http/route.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';

const SECONDS_DEFAULT = 10;
const SECONDS_MAX = 120;

const INDEX = `Profiles of this process:
  /debug/pprof/profile?seconds=10   CPU, up to ${SECONDS_MAX} s; open the file in the Performance panel of Chrome's DevTools
  /debug/pprof/heap                 heap snapshot; open the file in the Memory panel; it may hold secrets
`;

/**
 * What `profile_host` serves. Only one profile is taken at a time: another call meanwhile fails as
 * `conflict` with the status 409.
 */
export function profileRoutes({ clock }: { readonly clock: Clock }): Route[] {
  const turn = new Turn();
  return [
    profileRoute('/debug/pprof/', async () => plain(INDEX)),
    profileRoute('/debug/pprof/profile', async (call) => {
      const seconds = secondsOf(call.query('seconds'));
      const release = turn.take();
      try {
        const profile = await cpuProfile(clock, seconds * 1000, call.signal);
        return download('application/json', JSON.stringify(profile), 'logkit-fleet.cpuprofile');
      } finally {
        release();
      }
    }),
    profileRoute('/debug/pprof/heap', async () => {
      const release = turn.take();
      const snapshot = getHeapSnapshot();
      finished(snapshot, release);
      return download('application/json', snapshot, 'logkit-fleet.heapsnapshot');
    }),
  ];
}

function profileRoute(path: string, answer: Route['answer']): Route {
  return { method: 'GET', path, access: 'user', failure: '', answer };
}

/** A profile of a profile is of no use, and two heap snapshots may be more than the memory holds. */
class Turn {
  #taken = false;

  take(): () => void {
    if (this.#taken) {
      throw new AppError('conflict', 'another profile is being taken; try again when it is done', {
        details: { status: 409 },
      });
    }
    this.#taken = true;
    return () => {
      this.#taken = false;
    };
  }
}

async function cpuProfile(clock: Clock, durationMs: number, signal: AbortSignal) {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await clock.sleep(durationMs, signal);
    const { profile } = await session.post('Profiler.stop');
    return profile;
  } finally {
    session.disconnect();
  }
}

function secondsOf(text: string): number {
  if (text === '') return SECONDS_DEFAULT;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= SECONDS_MAX) return seconds;
  throw new AppError(
    'invalid',
    `seconds=${text} is not possible; give a whole number from 1 to ${SECONDS_MAX}`,
  );
}

function plain(body: string): RawAnswer {
  return new RawAnswer({ contentType: 'text/plain; charset=UTF-8', body });
}

function download(contentType: string, body: RawAnswer['body'], fileName: string): RawAnswer {
  return new RawAnswer({ contentType, body, fileName });
}
