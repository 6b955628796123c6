import type { BenchContext } from '../support/bench-case.ts';
import { peakRssMb } from '../support/process-figures.ts';
import { type Contender, type Lived, lived } from './contender.ts';
import type { RedisServer } from './redis-server.ts';

const TENTH = 0.1;

/** A pile so large that it would show if what is done got in the way of what is not. */
export async function longRun(contender: Contender, redis: RedisServer, context: BenchContext) {
  let laidMb = 0;
  const emptyMb = await redis.usedMb();
  const watched: Contender = {
    ...contender,
    lay: async (pile) => {
      const openings = await contender.lay(pile);
      laidMb = await redis.usedMb();
      return openings;
    },
  };
  const { course, seconds } = await lived(watched, 'long', context);
  const { lives, processes } = contender;
  const rss = await Promise.all(processes.map(({ pid }) => peakRssMb(pid)));
  const firstSeconds = secondsUntil(course, lives * TENTH);
  const lastSeconds = seconds - secondsUntil(course, lives * (1 - TENTH));
  return {
    first: { lives_per_s: (lives * TENTH) / firstSeconds },
    last: { lives_per_s: (lives * TENTH) / lastSeconds },
    all: {
      lives_per_s: lives / seconds,
      redis_laid_mb: laidMb - emptyMb,
      redis_done_mb: (await redis.usedMb()) - emptyMb,
      peak_rss_mb: Math.max(...rss),
    },
  };
}

/** Between two looks it is taken to have gone on evenly. */
function secondsUntil(course: Lived['course'], lives: number): number {
  let before = { lives: 0, seconds: 0 };
  for (const look of course) {
    if (look.lives >= lives) {
      const part = (lives - before.lives) / (look.lives - before.lives);
      return before.seconds + part * (look.seconds - before.seconds);
    }
    before = look;
  }
  return before.seconds;
}
