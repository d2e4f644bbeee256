import { type EvaluationScope, evaluate, references } from '../../../simulator/cloudformation/intrinsic-functions';
import type { Json } from '../../../simulator/cloudformation/json';

const scope: EvaluationScope = {
  ref: (name) =>
    new Map<string, Json>([
      ['AWS::Region', 'eu-west-1'],
      ['List', ['a', 'b']],
      ['Topic', 'topic-id'],
    ]).get(name),
  attribute: (logicalId, attribute) => `${logicalId}/${attribute}`,
  importValue: (name) => `imported ${name}`,
  stackOutput: (stackName, outputName) => `${outputName} of ${stackName}`,
  conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] },
  },
  mappings: { Runtimes: { 'eu-west-1': { node: 'nodejs24.x' } } },
};

/** A placeholder of Fn::Sub. As a literal, it would look like a template string with wrong quotes. */
const hole = (name: string): string => `$\{${name}}`;

describe('a template expression', () => {
  it.each<[string, Json, Json | undefined]>([
    ['Ref', { Ref: 'Topic' }, 'topic-id'],
    ['Ref to AWS::NoValue', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
    ['Fn::GetAtt with a list', { 'Fn::GetAtt': ['Probe', 'a.b'] }, 'Probe/a.b'],
    ['Fn::GetAtt with a text', { 'Fn::GetAtt': 'Probe.a.b' }, 'Probe/a.b'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Topic' }, 1]] }, 'a-topic-id-1'],
    ['Fn::Join of a list', { 'Fn::Join': [',', { Ref: 'List' }] }, 'a,b'],
    ['Fn::Split and Fn::Select', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [
      'Fn::Sub',
      { 'Fn::Sub': `${hole('Topic')} ${hole('Probe.Arn')} ${hole('!Literal')}` },
      `topic-id Probe/Arn ${hole('Literal')}`,
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': [`${hole('x')}/${hole('AWS::Region')}`, { x: { Ref: 'Topic' } }] },
      'topic-id/eu-west-1',
    ],
    ['Fn::If', { 'Fn::If': ['Yes', 'then', 'else'] }, 'then'],
    ['Fn::If of a negation', { 'Fn::If': ['No', 'then', 'else'] }, 'else'],
    ['Fn::If of a conjunction', { 'Fn::If': ['Both', 'then', 'else'] }, 'else'],
    ['Fn::If of a disjunction', { 'Fn::If': ['Either', 'then', { Ref: 'AWS::NoValue' }] }, 'then'],
    ['Fn::ImportValue', { 'Fn::ImportValue': 'x' }, 'imported x'],
    [
      'Fn::GetStackOutput',
      { 'Fn::GetStackOutput': { StackName: { Ref: 'Topic' }, OutputName: 'Arn', Region: { Ref: 'AWS::Region' } } },
      'Arn of topic-id',
    ],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Runtimes', { Ref: 'AWS::Region' }, 'node'] }, 'nodejs24.x'],
    ['Fn::Base64', { 'Fn::Base64': 'a' }, 'YQ=='],
    ['an object with more than one member', { Ref: 'Topic', other: 1 }, { Ref: 'Topic', other: 1 }],
  ])('%s', (_name, expression, value) => {
    expect(evaluate(expression, scope)).toEqual(value);
  });

  it.each<[string, Json, string]>([
    ['refers to a missing resource', { Ref: 'Nothing' }, 'Unresolved resource dependencies [Nothing]'],
    ['selects a missing value', { 'Fn::Select': ['5', ['a']] }, 'cannot select nonexistent value at index 5'],
    ['calls a function that the simulator does not support', { 'Fn::Cidr': ['a', 1, 1] }, 'does not support Fn::Cidr'],
    [
      'reads an output of another region',
      { 'Fn::GetStackOutput': { StackName: 'a', OutputName: 'b', Region: 'us-east-1' } },
      'the simulator has one Region, and Fn::GetStackOutput reads from us-east-1',
    ],
    ['has a condition that is not there', { 'Fn::If': ['Maybe', 1, 2] }, 'no condition Maybe'],
  ])('is refused when it %s', (_name, expression, message) => {
    expect(() => evaluate(expression, scope)).toThrow(message);
  });

  it('depends on its references at any depth', () => {
    const expression: Json = {
      a: { 'Fn::Join': ['', [{ Ref: 'A' }, { 'Fn::GetAtt': ['B', 'Arn'] }]] },
      b: { 'Fn::Sub': [`${hole('C.Arn')}${hole('own')}${hole('!D')}`, { own: { Ref: 'E' } }] },
    };
    expect([...references(expression)].sort()).toEqual(['A', 'B', 'C', 'E']);
  });
});
