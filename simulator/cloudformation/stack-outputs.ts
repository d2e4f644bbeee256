import { type EvaluationScope, evaluate, isConditionMet } from './intrinsic-functions';
import type { Json } from './json';
import type { Template } from './template';

export interface StackOutputs {
  readonly values: Readonly<Record<string, Json>>;
  /** By export name. */
  readonly exported: ReadonlyMap<string, Json>;
}

/** @throws Error if an output cannot be evaluated */
export function evaluateOutputs({ outputs }: Template, scope: EvaluationScope): StackOutputs {
  const values: [string, Json][] = [];
  const exported = new Map<string, Json>();
  for (const output of outputs) {
    if (output.condition !== undefined && !isConditionMet(output.condition, scope)) continue;
    const value = evaluate(output.value, scope);
    if (value === undefined) continue;
    values.push([output.name, value]);
    const exportName = output.exportName === undefined ? undefined : evaluate(output.exportName, scope);
    if (typeof exportName === 'string') exported.set(exportName, value);
  }
  return { values: Object.fromEntries(values), exported };
}
