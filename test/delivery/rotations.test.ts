import { ROTATIONS } from './cases/rotations.ts';
import { describeCases } from './support/describe-cases.ts';

describeCases('what arrives of files that change', ROTATIONS);
