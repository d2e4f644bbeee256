import flags from 'aws-cdk-lib/recommended-feature-flags.json';

// The CDK CLI passes the context of a cdk.json this way. The console shows no report, since tests read it themselves.
process.env['CDK_CONTEXT_JSON'] = JSON.stringify({ ...flags, '@aws-cdk/core:annotationsInValidationReport': false });
