import { KILLS } from './cases/kills.ts';
import { describeCases } from './support/describe-cases.ts';

describeCases('what arrives when the process is killed', KILLS);
