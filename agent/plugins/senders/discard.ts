import { z } from 'zod';
import { ACCEPTED } from '../../sink/acceptance.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';

/** Takes every batch and does nothing with it. */
export const discardSender = defineSender({
  type: 'discard',
  usage: 'Takes every batch and does nothing with it.',
  options: z.object({
    name: option.senderName(),
  }),
  open: async ({ name }) => ({
    wants: 'ndjson',
    name: name === '' ? 'discardSender' : name,
    send: () => Promise.resolve(ACCEPTED),
    close: () => Promise.resolve(),
  }),
});
