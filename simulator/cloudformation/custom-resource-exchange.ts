import type { Clock } from '../clock';
import { uuid } from '../lambda/uuid';
import type { Random } from '../random';
import { type CustomResourceAnswer, type CustomResourceRequest, readAnswer } from './custom-resource-protocol';
import { type Place, secret } from './identifiers';

/** The outcome of a request, for the stack that sent it. */
export type ExchangeOutcome =
  | { readonly kind: 'answered'; readonly answer: CustomResourceAnswer }
  /** No answer arrived in time. */
  | { readonly kind: 'no answer' };

export interface Exchange {
  readonly request: CustomResourceRequest;
  readonly outcome: Promise<ExchangeOutcome>;
  /** Ends the request. Later answers are ignored. */
  abandon(): void;
}

/** Whether CloudFormation used an answer, or ignored it because the request had ended. */
export type Reception = 'accepted' | 'ignored';

export interface ExchangeHooks {
  readonly onRequestSent?: ((request: CustomResourceRequest) => void) | undefined;
  readonly onAnswered?:
    | ((request: CustomResourceRequest, answer: CustomResourceAnswer, reception: Reception) => void)
    | undefined;
}

export interface ExchangeContext extends ExchangeHooks {
  readonly clock: Clock;
  readonly random: Random;
  readonly place: Place;
  /** The delays, in milliseconds, after which the request reaches the function: one for each delivery. */
  readonly delivery: (request: CustomResourceRequest, random: Random) => readonly number[];
  readonly isFunction: (arn: string) => boolean;
  /** Invokes the function asynchronously with the request. */
  readonly deliver: (request: CustomResourceRequest) => void;
}

interface Open {
  readonly request: CustomResourceRequest;
  readonly sentAt: number;
  /** Undefined after the request has ended. */
  settle: ((outcome: ExchangeOutcome) => void) | undefined;
}

type Distributed<T> = T extends unknown ? Omit<T, 'RequestId' | 'ResponseURL'> : never;
/** A request without its random parts, which are drawn when it is sent. */
export type RequestDraft = Distributed<CustomResourceRequest>;

const URL_VALID_MILLISECONDS = 2 * 60 * 60 * 1000;

/** Sends requests to custom resources, and receives their answers. */
export class CustomResourceExchange {
  private readonly open = new Map<string, Open>();

  constructor(private readonly context: ExchangeContext) {}

  send(draft: RequestDraft, timeoutSeconds: number): Exchange {
    const { clock, random, delivery, deliver } = this.context;
    this.forgetExpired();
    const requestId = uuid(random);
    const url = this.createUrl(draft.StackId, draft.LogicalResourceId, requestId);
    const request: CustomResourceRequest = { ...draft, RequestId: requestId, ResponseURL: url.href };
    let settle: Open['settle'];
    const outcome = new Promise<ExchangeOutcome>((resolve) => {
      settle = resolve;
    });
    const open: Open = { request, sentAt: clock.now(), settle: undefined };
    this.open.set(url.pathname, open);
    const cancelTimeout = clock.schedule(() => open.settle?.({ kind: 'no answer' }), timeoutSeconds * 1000);
    open.settle = (value) => {
      open.settle = undefined;
      cancelTimeout();
      settle?.(value);
    };
    this.context.onRequestSent?.(request);
    for (const delay of delivery(request, random)) {
      clock.schedule(() => deliver(request), delay);
    }
    return {
      request,
      outcome,
      abandon: () => {
        open.settle = undefined;
        cancelTimeout();
      },
    };
  }

  /** The error, if no function has the service token. */
  problemWith(serviceToken: string): string | undefined {
    return this.context.isFunction(serviceToken) ? undefined : `Function not found: ${serviceToken}`;
  }

  isResponseHost(host: string): boolean {
    return host === this.responseHost;
  }

  /** Receives an answer at the response URL, as S3 does. Returns the HTTP status code. */
  receive(method: string, path: string, body: string): number {
    const query = path.indexOf('?');
    const open = this.open.get(query < 0 ? path : path.slice(0, query));
    const signed = open !== undefined && new URL(open.request.ResponseURL).search === path.slice(query);
    if (method !== 'PUT' || query < 0 || !signed || this.isExpired(open)) return 403;
    const answer = readAnswer(body, open.request);
    const { settle } = open;
    settle?.({ kind: 'answered', answer });
    this.context.onAnswered?.(open.request, answer, settle === undefined ? 'ignored' : 'accepted');
    return 200;
  }

  private get responseHost(): string {
    const { region, urlSuffix } = this.context.place;
    return `cloudformation-custom-response-${region.replaceAll('-', '')}.s3.${region}.${urlSuffix}`;
  }

  private createUrl(stackId: string, logicalId: string, requestId: string): URL {
    const { clock, random, place } = this.context;
    const object = encodeURIComponent(`${stackId}|${logicalId}|${requestId}`);
    const stamp = `${new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Date': stamp,
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Expires': String(URL_VALID_MILLISECONDS / 1000),
      'X-Amz-Credential': `AKIA${secret(16, random).toUpperCase()}/${stamp.slice(0, 8)}/${place.region}/s3/aws4_request`,
      'X-Amz-Signature': secret(64, random).toLowerCase(),
    });
    return new URL(`https://${this.responseHost}/${object}?${query.toString()}`);
  }

  private isExpired({ sentAt }: Open): boolean {
    return this.context.clock.now() > sentAt + URL_VALID_MILLISECONDS;
  }

  private forgetExpired(): void {
    for (const [path, open] of this.open) {
      if (!this.isExpired(open)) return;
      this.open.delete(path);
    }
  }
}
