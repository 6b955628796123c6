import { SOURCES } from './cases/sources.ts';
import { describeCases } from './support/describe-cases.ts';

describeCases('what arrives from servers when the process is killed', SOURCES);
