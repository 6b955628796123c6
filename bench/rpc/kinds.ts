import { z } from 'zod';
import { bareGrpc } from './bare-grpc.ts';
import { bareTcp } from './bare-tcp.ts';
import { moleculer } from './moleculer.ts';
import { overGrpc, overTcp } from './ours.ts';
import type { Sides } from './sides.ts';

export const KINDS = [
  'bare tcp',
  'Moleculer',
  'bare grpc-js',
  'ours over tcp',
  'ours over grpc',
] as const;
export const Kind = z.enum(KINDS);
export type Kind = z.infer<typeof Kind>;

export const callers: Readonly<Record<Kind, Sides>> = {
  'bare tcp': bareTcp,
  Moleculer: moleculer,
  'bare grpc-js': bareGrpc,
  'ours over tcp': overTcp,
  'ours over grpc': overGrpc,
};
