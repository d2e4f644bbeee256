import type { Random } from '../random';
import type { CustomResourceRequest } from './custom-resource-protocol';

/** Milliseconds after which a request reaches its function; one entry for each time that it does. */
export type Delivery = (request: CustomResourceRequest, random: Random) => readonly number[];

export const promptDelivery: Delivery = () => [0];

export interface DeliveryFaults {
  readonly maxDelaySeconds: number;
  readonly duplicateProbability: number;
  /** Counted from the first delivery. */
  readonly maxDuplicateDelaySeconds: number;
}

/** At least once, as Lambda's asynchronous invocations are. */
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
