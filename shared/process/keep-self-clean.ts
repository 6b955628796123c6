import type { Logger } from 'pino';
import type { MainConfig } from '../config/main-config.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Actor } from '../kernel/run-together.ts';
import { cleanSelf } from '../schedule/clean-self.ts';
import { every } from '../schedule/cron.ts';

/** Deletes old files of our own log as the `clean_self_*` keys say, at the start and then again. */
export function keepSelfClean(config: MainConfig, log: Logger): Actor {
  const { clean_self_dir: dir, clean_self_pattern: pattern, clean_self_cnt: keep } = config;
  const clean = async (): Promise<void> => {
    const { count, bytes } = await cleanSelf({ dir, pattern, keep, except: [config.log] });
    if (count > 0) log.info({ dir, count, bytes }, 'old logs of our own are deleted');
  };
  const onError = (thrown: unknown): void => {
    log.warn({ dir, reason: messageOf(thrown) }, 'cannot delete old logs of our own');
  };

  return {
    name: 'clean_self',
    async run(signal) {
      await clean().catch(onError);
      await every(config.clean_self_duration, clean, { signal, onError });
    },
  };
}
