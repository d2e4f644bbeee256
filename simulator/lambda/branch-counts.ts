/**
 * How often each branch was reached of code that counts that (`scripts/search/branch-counters.ts`), in this process. The
 * code finds it as the module `simulator:branch-counts`.
 */
export const branchCounts = new Uint32Array(4096);
