/**
 * Where AmplifyBackend has an endpoint, as of 2026-11-26. All are in the partition `aws`.
 * Source: `endpoints.json` of botocore 1.44.8, service `amplifybackend`.
 */
export const AMPLIFY_BACKEND_REGIONS: readonly string[] = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-south-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'me-south-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];
