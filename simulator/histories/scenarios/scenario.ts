import * as fc from 'fast-check';
import { adoptedFromOthers, answerLostWithoutStudio, nameTakenByOthers, replacedByOthers } from './others';
import type { Changes } from './steps';
import { addedAndRemoved, deletedDaysLater, failedUpdateBack, renamedConstruct, updatedBackAndForth } from './updates';

/**
 * A scenario has several steps that bring a rule of the handler into play, and that chance hardly ever draws. It replaces the
 * steps of a drawn history. The behavior of the service, CloudFormation and Lambda is drawn as before, or is calm.
 */
export const scenario: fc.Arbitrary<Changes> = fc.oneof(
  { weight: 2, arbitrary: replacedByOthers },
  nameTakenByOthers,
  answerLostWithoutStudio,
  renamedConstruct,
  adoptedFromOthers,
  { weight: 2, arbitrary: updatedBackAndForth },
  { weight: 4, arbitrary: addedAndRemoved },
  failedUpdateBack,
  deletedDaysLater,
);
