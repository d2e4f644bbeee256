import { isJsonArray, isJsonObject, isSameJson, type Json, type JsonObject } from './json';

/** The targets of a template's references. */
export interface EvaluationScope {
  /** A parameter, a resource, or a pseudo parameter (`AWS::Region`). Undefined if it does not exist. */
  ref(name: string): Json | undefined;
  /** Throws if the attribute does not exist. */
  attribute(logicalId: string, attribute: string): Json;
  /** Throws if no export has that name. */
  importValue(name: string): Json;
  /** Throws if the stack or the output does not exist. */
  stackOutput(stackName: string, outputName: string): Json;
  readonly conditions: JsonObject;
  readonly mappings: JsonObject;
}

/** Evaluates a value. Undefined for `AWS::NoValue`, which removes a property. */
export function evaluate(value: Json, scope: EvaluationScope): Json | undefined {
  if (isJsonArray(value)) {
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== undefined);
  }
  if (!isJsonObject(value)) return value;
  const call = intrinsicCall(value);
  if (call !== undefined) return evaluateCall(call, scope);
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const evaluated = evaluate(member, scope);
    if (evaluated !== undefined) members.push([name, evaluated]);
  }
  return Object.fromEntries(members);
}

export function evaluateObject(value: JsonObject, scope: EvaluationScope): JsonObject {
  const evaluated = evaluate(value, scope);
  if (!isJsonObject(evaluated)) throw new Error(`an object was expected, not ${JSON.stringify(evaluated)}`);
  return evaluated;
}

export function isConditionMet(name: string, scope: EvaluationScope): boolean {
  const condition = scope.conditions[name];
  if (condition === undefined) throw new Error(`the template has no condition ${name}`);
  return evaluateCondition(condition, scope);
}

/** The names that the value references by Ref, Fn::GetAtt or Fn::Sub: resources, parameters and pseudo parameters. */
export function references(value: Json, found: Set<string> = new Set()): Set<string> {
  if (isJsonArray(value)) {
    for (const item of value) references(item, found);
    return found;
  }
  if (!isJsonObject(value)) return found;
  const call = intrinsicCall(value);
  if (call?.name === 'Ref' && typeof call.argument === 'string') found.add(call.argument);
  if (call?.name === 'Fn::GetAtt') found.add(attributeReference(call.argument).logicalId);
  if (call?.name === 'Fn::Sub') {
    const { text, variables } = substitution(call.argument);
    for (const name of placeholders(text)) {
      if (!Object.hasOwn(variables, name)) found.add(name.split('.')[0] ?? name);
    }
  }
  for (const member of Object.values(value)) references(member, found);
  return found;
}

interface IntrinsicCall {
  readonly name: string;
  readonly argument: Json;
}

function intrinsicCall(value: JsonObject): IntrinsicCall | undefined {
  const [entry, ...rest] = Object.entries(value);
  if (entry === undefined || rest.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

function evaluateCall({ name, argument }: IntrinsicCall, scope: EvaluationScope): Json | undefined {
  switch (name) {
    case 'Ref':
      return resolveRef(argument, scope);
    case 'Fn::GetAtt': {
      const { logicalId, attribute } = attributeReference(argument);
      return scope.attribute(logicalId, attribute);
    }
    case 'Fn::Join': {
      const [separator, list] = parameters(name, argument, 2);
      return texts(name, evaluate(list, scope)).join(text(name, separator));
    }
    case 'Fn::Split': {
      const [separator, source] = parameters(name, argument, 2);
      return text(name, evaluate(source, scope)).split(text(name, separator));
    }
    case 'Fn::Select': {
      const [index, list] = parameters(name, argument, 2);
      const items = evaluate(list, scope);
      const chosen = Number(text(name, evaluate(index, scope)));
      const item = items !== undefined && isJsonArray(items) ? items[chosen] : undefined;
      if (item === undefined) throw new Error(`Fn::Select cannot select nonexistent value at index ${chosen}`);
      return item;
    }
    case 'Fn::Sub': {
      const { text: template, variables } = substitution(argument);
      return template.replace(PLACEHOLDER, (_placeholder: string, escaped: string, variable: string) => {
        if (escaped === '!') return `\${${variable}}`;
        const own = variables[variable];
        return text(name, own === undefined ? resolveVariable(variable, scope) : evaluate(own, scope));
      });
    }
    case 'Fn::If': {
      const [condition, whenMet, otherwise] = parameters(name, argument, 3);
      return evaluate(isConditionMet(text(name, condition), scope) ? whenMet : otherwise, scope);
    }
    case 'Fn::ImportValue':
      return scope.importValue(text(name, evaluate(argument, scope)));
    case 'Fn::GetStackOutput': {
      const { StackName: stack, OutputName: output, Region: region } = evaluateObject(object(name, argument), scope);
      if (region !== undefined && region !== scope.ref('AWS::Region')) {
        throw new Error(`the simulator has one Region, and ${name} reads from ${text(name, region)}`);
      }
      return scope.stackOutput(text(name, stack), text(name, output));
    }
    case 'Fn::Base64':
      return Buffer.from(text(name, evaluate(argument, scope))).toString('base64');
    case 'Fn::FindInMap': {
      const [map, first, second] = parameters(name, argument, 3).map((key) => text(name, evaluate(key, scope)));
      const level = scope.mappings[map ?? ''];
      const row = level !== undefined && isJsonObject(level) ? level[first ?? ''] : undefined;
      const value = row !== undefined && isJsonObject(row) ? row[second ?? ''] : undefined;
      if (value === undefined) throw new Error(`Fn::FindInMap finds nothing at ${map}.${first}.${second}`);
      return value;
    }
    default:
      throw new Error(`the simulator does not support ${name}`);
  }
}

function evaluateCondition(condition: Json, scope: EvaluationScope): boolean {
  if (isJsonObject(condition)) {
    const [entry] = Object.entries(condition);
    const [name, argument] = entry ?? ['', null];
    const items = isJsonArray(argument) ? argument : [argument];
    const values = (): (Json | undefined)[] => items.map((item) => evaluate(item, scope));
    switch (name) {
      case 'Condition':
        return isConditionMet(text(name, argument), scope);
      case 'Fn::Equals': {
        const [one, other] = values();
        return isSameJson(one, other);
      }
      case 'Fn::And':
        return items.every((item) => evaluateCondition(item, scope));
      case 'Fn::Or':
        return items.some((item) => evaluateCondition(item, scope));
      case 'Fn::Not':
        return !items.some((item) => evaluateCondition(item, scope));
    }
  }
  throw new Error(`the simulator does not support the condition ${JSON.stringify(condition)}`);
}

function resolveRef(argument: Json, scope: EvaluationScope): Json | undefined {
  const name = text('Ref', argument);
  if (name === 'AWS::NoValue') return undefined;
  const value = scope.ref(name);
  if (value === undefined) throw new Error(`Unresolved resource dependencies [${name}]`);
  return value;
}

function resolveVariable(variable: string, scope: EvaluationScope): Json | undefined {
  const dot = variable.indexOf('.');
  return dot < 0 ? resolveRef(variable, scope) : scope.attribute(variable.slice(0, dot), variable.slice(dot + 1));
}

const PLACEHOLDER = /\$\{(!?)([^}]+)\}/g;

function placeholders(template: string): string[] {
  const found: string[] = [];
  for (const [, escaped, name] of template.matchAll(PLACEHOLDER)) {
    if (escaped === '' && name !== undefined) found.push(name);
  }
  return found;
}

function substitution(argument: Json): { readonly text: string; readonly variables: JsonObject } {
  if (typeof argument === 'string') return { text: argument, variables: {} };
  const [template, variables] = parameters('Fn::Sub', argument, 2);
  if (!isJsonObject(variables)) throw new Error('the variables of Fn::Sub should be an object');
  return { text: text('Fn::Sub', template), variables };
}

function attributeReference(argument: Json): { readonly logicalId: string; readonly attribute: string } {
  const parts = typeof argument === 'string' ? argument.split('.') : texts('Fn::GetAtt', argument);
  const [logicalId, ...attribute] = parts;
  if (logicalId === undefined || attribute.length === 0) {
    throw new Error(`Fn::GetAtt should name a resource and an attribute, not ${JSON.stringify(argument)}`);
  }
  return { logicalId, attribute: attribute.join('.') };
}

/** The arguments, with the type of a tuple, if there are exactly `count`. */
function parameters(name: string, argument: Json, count: 2 | 3): [Json, Json, Json] {
  const list = isJsonArray(argument) ? argument : [];
  const [first, second, third = null] = list;
  if (list.length !== count || first === undefined || second === undefined) {
    throw new Error(`${name} takes a list of ${count}, not ${JSON.stringify(argument)}`);
  }
  return [first, second, third];
}

function text(name: string, value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${name} needs a text, not ${JSON.stringify(value)}`);
}

function object(name: string, value: Json): JsonObject {
  if (!isJsonObject(value)) throw new Error(`${name} needs an object, not ${JSON.stringify(value)}`);
  return value;
}

function texts(name: string, value: Json | undefined): string[] {
  if (value === undefined || !isJsonArray(value)) throw new Error(`${name} needs a list, not ${JSON.stringify(value)}`);
  return value.map((item) => text(name, item));
}
