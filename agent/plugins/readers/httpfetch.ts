import { z } from 'zod';
import { redactedUrl } from '../../../shared/domain/redaction.ts';
import { openRoundReader, type Round } from '../../fetch/round-reader.ts';
import { defineReader } from '../define.ts';
import type { BatchLimits, PluginContext } from '../plugin.ts';
import { answered, linesOfAnswer } from './httpfetch/ask.ts';
import { HttpfetchOptions } from './httpfetch/options.ts';
import { sharedIds } from './httpfetch/shared-ids.ts';

const Kept = z.object({ page: z.int().nonnegative() });

/**
 * Asks a server for data again and again. Only a status from 200 to 299 is an answer; anything else
 * is told in the status and asked again soon, up to ten times, but in a loop at its next time. The
 * page is kept with the commit of its last record: a page whose records were not delivered when the
 * process died is asked for again, so that nothing is lost as long as the server still has it, and
 * its first records may come twice. Without a page in the request nothing is known to ask for again.
 */
export const httpfetchReader = defineReader({
  type: 'httpfetch',
  usage: 'Asks a server at the start, in a loop or by cron, page by page if need be.',
  options: HttpfetchOptions,
  secrets: ['http_headers', 'http_body'],
  partitioned: sharedIds,
  open(options, opening, context) {
    return openRoundReader(
      {
        source: 'httpfetch',
        origin: redactedUrl(options.http_service_address + options.http_service_path),
        schedule: options.http_cron,
        onStart: options.http_exec_onstart,
        gather: (kept, signal) => {
          const { success, data } = Kept.safeParse(kept);
          const page = success ? data.page : options.http_page_no;
          return fetchPage(options, { page, limits: opening.limits, signal, context });
        },
      },
      opening,
      context,
    );
  },
});

interface Asking {
  readonly page: number;
  readonly limits: BatchLimits;
  readonly signal: AbortSignal;
  readonly context: PluginContext;
}

async function fetchPage(options: HttpfetchOptions, asking: Asking): Promise<Round> {
  const { page, limits, signal, context } = asking;
  const fill = (text: string) =>
    text
      .replaceAll('$(pageNum)', String(page))
      .replaceAll('$(pageSize)', String(options.http_page_size));
  const body = await answered(options, { fill, http: context.http, signal });
  return { ...linesOfAnswer(options, body, limits), keep: { page: page + 1 } };
}
