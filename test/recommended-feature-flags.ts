import flags from 'aws-cdk-lib/recommended-feature-flags.json';

// As the CDK CLI hands over the context of a cdk.json.
process.env['CDK_CONTEXT_JSON'] = JSON.stringify(flags);
