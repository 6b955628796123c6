import { z } from 'zod';

/** How an operator holds an instance out. */
export const OverrideRequest = z.strictObject({
  status: z.enum(['maintenance', 'offline']),
  reason: z.string().max(500).default(''),
  /** When it is over; absent: it is not until somebody says so. */
  until: z.iso
    .datetime({ offset: true })
    .nullish()
    .transform((text) => (text == null ? null : Date.parse(text))),
});
export type OverrideRequestInput = z.input<typeof OverrideRequest>;
