import type { Random } from '../random';
import { arn, functionName, generatedId, type Place, secret } from './identifiers';
import type { JsonObject } from './json';

/** A resource that is neither a custom resource nor a nested stack. It is created at once, with plausible names. */
export interface PlainResource {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: JsonObject;
}

/** The name property of each type whose physical ID is the name. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': 'PolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SSM::Parameter': 'Name',
};

export function physicalIdOf(
  type: string,
  logicalId: string,
  properties: JsonObject,
  stackName: string,
  place: Place,
  random: Random,
): string {
  const name = properties[NAMED_BY[type] ?? 'Name'];
  if (typeof name === 'string' && type in NAMED_BY) return name;
  const drawn = generatedId(stackName, logicalId, random);
  switch (type) {
    case 'AWS::Lambda::Function':
      return functionName(stackName, logicalId, random);
    case 'AWS::StepFunctions::StateMachine': {
      const given = properties['StateMachineName'];
      const suffix = secret(12, random);
      return arn(place, 'states', `stateMachine:${typeof given === 'string' ? given : `${logicalId}-${suffix}`}`);
    }
    case 'AWS::SNS::Topic':
      return arn(place, 'sns', drawn);
    case 'AWS::S3::Bucket':
      return drawn.toLowerCase();
    case 'AWS::CloudFormation::WaitConditionHandle':
      return `https://cloudformation-waitcondition-${place.region}.s3.${place.region}.${place.urlSuffix}/${drawn}`;
    default:
      return drawn;
  }
}

/** Not checked against the type: every attribute has a value. */
export function plainAttribute({ type, physicalId }: PlainResource, attribute: string, place: Place): string {
  if (attribute === 'Name') return physicalId.slice(physicalId.lastIndexOf(':') + 1);
  if (attribute !== 'Arn') return `${physicalId}.${attribute}`;
  if (physicalId.startsWith('arn:')) return physicalId;
  switch (type) {
    case 'AWS::Lambda::Function':
      return arn(place, 'lambda', `function:${physicalId}`);
    case 'AWS::IAM::Role':
      return arn({ ...place, region: '' }, 'iam', `role/${physicalId}`);
    case 'AWS::Logs::LogGroup':
      return arn(place, 'logs', `log-group:${physicalId}:*`);
    case 'AWS::S3::Bucket':
      return arn({ ...place, region: '', account: '' }, 's3', physicalId);
    default: {
      const [, service = '', kind = ''] = type.toLowerCase().split('::');
      return arn(place, service, `${kind}/${physicalId}`);
    }
  }
}
