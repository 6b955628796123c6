import { HTTP_SINKS } from './cases/http-sinks.ts';
import { describeCases } from './support/describe-cases.ts';

describeCases('what arrives over HTTP when the process is killed', HTTP_SINKS);
