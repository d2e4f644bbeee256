import flags from 'aws-cdk-lib/recommended-feature-flags.json';

// As the CDK CLI hands over the context of a cdk.json; without a report on the console of what tests look at themselves.
process.env['CDK_CONTEXT_JSON'] = JSON.stringify({ ...flags, '@aws-cdk/core:annotationsInValidationReport': false });
