import { readVariants } from '../../../simulator/amplify-backend/variants-file';

test('only the observed variants of a survey are read', () => {
  const survey = { format: 'amplify-survey/1', region: 'us-east-1', variants: { jobsListed: 'oldest first' } };
  expect(readVariants(JSON.stringify(survey))).toEqual({ jobsListed: 'oldest first' });
});

test('a file can have variants only', () => {
  expect(readVariants('{"oldJobs": {"forgottenAfterMilliseconds": 5}}')).toEqual({
    oldJobs: { forgottenAfterMilliseconds: 5 },
  });
});

test.each([
  ['{', 'it is not JSON'],
  ['[]', 'it has no variants'],
  ['{"format": "amplify-survey/1"}', 'it has no variants'],
  ['{"targetListed": "never"}', 'variant "targetListed" is one of'],
  ['{"targetlisted": "on completion"}', 'unknown variant "targetlisted"'],
])('the error for the file %j says what is wrong', (text, words) => {
  expect(() => readVariants(text)).toThrow(words);
});
