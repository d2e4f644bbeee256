import { Reference, Stack, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { deployedStackOf } from './deployed-stack';

/**
 * Has the stack of `consumer` import the value, where the value comes from another stack, whatever
 * `@aws-cdk/core:defaultCrossStackReferences` says. CloudFormation then deletes the stack of the value last, or refuses.
 *
 * A weak reference, which `cdk init` makes the default since aws-cdk-lib 2.254.0, lets that stack go first.
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
  // What comes out of a nested stack is imported as an output of its resource in the parent.
  const nestedStack = Stack.of(target).nestedStackResource;
  if (nestedStack !== undefined) {
    strengthen(nestedStack);
  }
}

/** Absent before aws-cdk-lib 2.254.0, where each reference is strong. */
interface WithReferenceStrength {
  applyCrossStackReferenceStrength(strength: 'strong'): void;
}

function hasReferenceStrength(construct: IConstruct): construct is IConstruct & WithReferenceStrength {
  return (
    'applyCrossStackReferenceStrength' in construct && typeof construct.applyCrossStackReferenceStrength === 'function'
  );
}
