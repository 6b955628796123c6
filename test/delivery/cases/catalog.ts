import type { DeliveryCase } from '../support/delivery-case.ts';
import { CLOCKS } from './clocks.ts';
import { DATABASES } from './databases.ts';
import { DISKS } from './disks.ts';
import { HTTP_SINKS } from './http-sinks.ts';
import { KILLS } from './kills.ts';
import { PERMISSIONS } from './permissions.ts';
import { ROTATIONS } from './rotations.ts';
import { SHARING } from './sharing.ts';
import { SINKS } from './sinks.ts';

/** All ways of breaking the program, in the order of the matrix. */
export const CASES: readonly DeliveryCase[] = [
  ...KILLS,
  ...DATABASES,
  ...HTTP_SINKS,
  ...ROTATIONS,
  ...SINKS,
  ...DISKS,
  ...SHARING,
  ...PERMISSIONS,
  ...CLOCKS,
];
