import type { Random } from '../random';
import type { CustomResourceRequest } from './custom-resource-protocol';

/** Draws the delays, in milliseconds, after which a request reaches its function: one for each delivery. */
export type Delivery = (request: CustomResourceRequest, random: Random) => readonly number[];

export const promptDelivery: Delivery = () => [0];

export interface DeliveryFaults {
  readonly maxDelaySeconds: number;
  readonly duplicateProbability: number;
  /** Counted from the first delivery. */
  readonly maxDuplicateDelaySeconds: number;
}

/** Delivers at least once, as Lambda's asynchronous invocations do. */
export function faultyDelivery({
  maxDelaySeconds,
  duplicateProbability,
  maxDuplicateDelaySeconds,
}: DeliveryFaults): Delivery {
  return (_request, random) => {
    const first = random.integer(0, maxDelaySeconds * 1000);
    if (!random.chance(duplicateProbability)) return [first];
    return [first, first + random.integer(1, maxDuplicateDelaySeconds * 1000)];
  };
}
