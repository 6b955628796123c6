import { CLOCKS } from './cases/clocks.ts';
import { DISKS } from './cases/disks.ts';
import { PERMISSIONS } from './cases/permissions.ts';
import { SHARING } from './cases/sharing.ts';
import { describeCases } from './support/describe-cases.ts';

describeCases('what arrives when the machine is unkind', [
  ...DISKS,
  ...SHARING,
  ...PERMISSIONS,
  ...CLOCKS,
]);
