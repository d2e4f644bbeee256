/*
 * US dollars in us-east-1, for x86, in the first tier and without the free tier. Source: AWS's pricing pages
 * (aws.amazon.com/lambda/pricing, /step-functions/pricing, /dynamodb/pricing, /cloudwatch/pricing, /s3/pricing; stored
 * copies of these pages, read on 2026-11-25). The prices of DynamoDB's requests are from secondary sources: they were halved
 * in November 2024, and no stored copy of AWS's own page is newer.
 */

export const PRICES = {
  lambdaRequest: 0.2 / 1e6,
  lambdaGigabyteSecond: 0.0000166667,
  /** A transition of a standard workflow. Each retry is one, too. */
  stateTransition: 0.025 / 1000,
  /** On demand: one consistent read of up to 4 kB. */
  ledgerReadUnit: 0.125 / 1e6,
  /** On demand: one write of up to 1 kB, also one whose condition does not hold. */
  ledgerWriteUnit: 0.625 / 1e6,
} as const;

export const PRICE_TABLE: readonly (readonly [what: string, price: string, page: string])[] = [
  ['Lambda request', '$0.20 per 1,000,000', 'aws.amazon.com/lambda/pricing'],
  ['Lambda duration, x86, first tier', '$0.0000166667 per GB-second', 'aws.amazon.com/lambda/pricing'],
  ['Step Functions, standard workflow', '$0.025 per 1,000 state transitions', 'aws.amazon.com/step-functions/pricing'],
  [
    'DynamoDB on demand, read',
    '$0.125 per 1,000,000 units of up to 4 kB',
    'airbyte.com/data-engineering-resources/dynamodb-pricing',
  ],
  [
    'DynamoDB on demand, write',
    '$0.625 per 1,000,000 units of up to 1 kB',
    'airbyte.com/data-engineering-resources/dynamodb-pricing',
  ],
];

export const PRICES_READ = 'us-east-1, read on 2026-11-25 from stored copies of the pages; without the free tier';

/** The price of an unused resource per month. */
export const IDLE_PRICES: ReadonlyMap<string, string> = new Map([
  [
    'AWS::DynamoDB::Table',
    '$0 on demand: requests are billed; $0.25 per GB-month of items, less than a kilobyte for each clone',
  ],
  ['AWS::IAM::Policy', '$0'],
  ['AWS::IAM::Role', '$0'],
  ['AWS::Lambda::Function', '$0: requests and duration are billed, and no capacity is reserved'],
  ['AWS::Logs::LogGroup', '$0 empty; $0.03 per GB-month of logs, until their retention ends'],
  ['AWS::StepFunctions::StateMachine', '$0: transitions are billed'],
]);
