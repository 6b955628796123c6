import { DATABASES } from './cases/databases.ts';
import { describeCases } from './support/describe-cases.ts';

describeCases('what arrives in databases when the process is killed', DATABASES);
