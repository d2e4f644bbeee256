/*
 * The Regions of AmplifyBackend, all in partition aws. Source: endpoints.json of botocore 1.44.8, read on 2026-11-26; 1.43.106
 * has the same. CDK's Region facts do not have them, and the SDK for JavaScript builds a host name for any Region.
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
