import { Reference, Stack, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { deployedStackOf } from './deployed-stack';

/**
 * Makes the reference from the stack of `consumer` to a value of another stack a strong one, whatever
 * `@aws-cdk/core:defaultCrossStackReferences` says. CloudFormation then refuses to delete the value's stack first.
 *
 * With a weak reference, which `cdk init` makes the default since aws-cdk-lib 2.254.0, that stack can be deleted first.
 */
export function importStrongly(consumer: IConstruct, value: string): void {
  for (const token of Tokenization.reverseString(value).tokens) {
    if (Reference.isReference(token) && deployedStackOf(token.target) !== deployedStackOf(consumer)) {
      strengthen(token.target);
    }
  }
}

function strengthen(target: IConstruct): void {
  if (hasReferenceStrength(target)) {
    target.applyCrossStackReferenceStrength('strong');
  }
  // A value of a nested stack is imported as an output of the nested stack's resource in the parent.
  const nestedStack = Stack.of(target).nestedStackResource;
  if (nestedStack !== undefined) {
    strengthen(nestedStack);
  }
}

/** Does not exist before aws-cdk-lib 2.254.0, where each reference is strong. */
interface WithReferenceStrength {
  applyCrossStackReferenceStrength(strength: 'strong'): void;
}

function hasReferenceStrength(construct: IConstruct): construct is IConstruct & WithReferenceStrength {
  return (
    'applyCrossStackReferenceStrength' in construct && typeof construct.applyCrossStackReferenceStrength === 'function'
  );
}
