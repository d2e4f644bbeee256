/**
 * How often instrumented code (`scripts/search/branch-counters.ts`) reached each branch, in this process. The code imports it
 * as the module `simulator:branch-counts`.
 */
export const branchCounts = new Uint32Array(4096);
