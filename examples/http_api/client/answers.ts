import { z } from 'zod';

export const Health = z.object({ status: z.string(), timestamp: z.number() });
export type Health = z.output<typeof Health>;

export const Info = z.object({
  service: z.string(),
  version: z.string(),
  framework: z.string(),
  endpoints: z.array(z.string()),
});
export type Info = z.output<typeof Info>;

export const Status = z.object({
  status: z.string(),
  timestamp: z.number(),
  uptime: z.string(),
  is_leader: z.boolean(),
});
export type Status = z.output<typeof Status>;

export const RetryAnswer = z.object({
  success: z.boolean(),
  message: z.string(),
  total_failed_partitions: z.number(),
  retried_partitions: z.array(z.number()),
  skipped_partitions: z.array(z.number()),
  command_id: z.string(),
  request_id: z.string(),
  status: z.string(),
  timestamp: z.string(),
});
export type RetryAnswer = z.output<typeof RetryAnswer>;

/** How servers, and what stands before them, say no. */
export const Refusal = z.object({ message: z.string() });
