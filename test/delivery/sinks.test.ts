import { SINKS } from './cases/sinks.ts';
import { describeCases } from './support/describe-cases.ts';

describeCases('what arrives at sinks that fail', SINKS);
