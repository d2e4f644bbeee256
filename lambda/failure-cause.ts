import * as v from 'valibot';
import type { Named } from './physical-id';
import type { signedCalls } from './signed-calls';

/*
 * Why a clone failed, from where people are sent to look: the events of its CloudFormation stack. The service often says
 * nothing (amplify-hosting 1836, 2016, 3022). The cause is nice to have: where it cannot be read, the failure goes without.
 */

export interface FailureCause {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

type Call = ReturnType<typeof signedCalls>;

/** Amplify's root stack has stacks per category, and an API has stacks of its own. */
const DEEPEST = 3;

/** Rejects where a service brings no answer. */
export async function failureCause(
  { appId, environmentName }: Named,
  amplify: Call,
  cloudFormation: Call,
): Promise<FailureCause | undefined> {
  const path = `/apps/${appId}/backendenvironments/${encodeURIComponent(environmentName)}`;
  const { status, body } = await amplify({ method: 'GET', path });
  if (status !== 200) throw new Error(`GetBackendEnvironment: HTTP ${status}`);
  const { stackName } = v.parse(environmentAnswer, JSON.parse(body)).backendEnvironment;
  const failure = await firstFailure(stackName, cloudFormation, DEEPEST);
  return failure && { stackName, ...failure };
}

const environmentAnswer = v.object({ backendEnvironment: v.object({ stackName: v.pipe(v.string(), v.nonEmpty()) }) });

/** What failed first is the cause; what came later was cancelled for it, or rolled back. */
async function firstFailure(
  stack: string,
  cloudFormation: Call,
  depth: number,
): Promise<Omit<FailureCause, 'stackName'> | undefined> {
  const first = (await stackEvents(stack, cloudFormation)).reverse().find((event) => {
    const reason = textOf(event, 'ResourceStatusReason');
    return textOf(event, 'ResourceStatus').endsWith('_FAILED') && reason !== '' && !/cancelled/i.test(reason);
  });
  if (first === undefined) return undefined;
  const failure = {
    logicalId: textOf(first, 'LogicalResourceId'),
    type: textOf(first, 'ResourceType'),
    reason: textOf(first, 'ResourceStatusReason'),
  };
  const nested = textOf(first, 'PhysicalResourceId');
  const isNested = failure.type === 'AWS::CloudFormation::Stack' && nested !== '' && nested !== stack;
  if (!isNested || depth === 0) return failure;
  return (await firstFailure(nested, cloudFormation, depth - 1)) ?? failure;
}

/** In XML, newest first. The first page is enough for a stack that was just made. */
async function stackEvents(stack: string, cloudFormation: Call): Promise<string[]> {
  const { status, body } = await cloudFormation({
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=DescribeStackEvents&Version=2010-05-15&StackName=${encodeURIComponent(stack)}`,
  });
  if (status !== 200) throw new Error(`DescribeStackEvents: HTTP ${status}`);
  return body.match(/<member>[\s\S]*?<\/member>/g) ?? [];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Of an element that holds nothing but text. */
function textOf(xml: string, element: string): string {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';
  return text.replace(/&(#?\w+);/g, (whole, name: string) => {
    // 0233 and 0xe9 are numbers, as #233 and #xe9 are characters.
    const code = Number(name.replace('#', '0'));
    return code <= 0x10ffff ? String.fromCodePoint(code) : (ENTITIES[name] ?? whole);
  });
}
