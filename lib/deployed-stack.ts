import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The top-level stack that contains a construct. CloudFormation deploys and deletes nested stacks with it. */
export function deployedStackOf(construct: IConstruct): Stack {
  let stack = Stack.of(construct);
  while (stack.nestedStackParent !== undefined) {
    stack = stack.nestedStackParent;
  }
  return stack;
}
