import type { Variants } from './variants';

/**
 * All errors of the service: first the four modelled exceptions, then those of reports and of the API reference, then those of
 * AWS's layers in front of the service.
 */
export type ServiceException =
  | { readonly name: 'BadRequestException'; readonly message: string }
  | { readonly name: 'NotFoundException'; readonly message: string; readonly resourceType: string }
  | { readonly name: 'TooManyRequestsException'; readonly message: string; readonly limitType: string }
  | { readonly name: 'GatewayTimeoutException'; readonly message: string }
  | { readonly name: 'ValidationException'; readonly message: string }
  | { readonly name: 'ResourceNotFoundException'; readonly message: string; readonly statusCode?: number }
  | { readonly name: 'LimitExceededException'; readonly message: string }
  | { readonly name: 'InternalServiceException'; readonly message: string }
  | { readonly name: 'AccessDeniedException'; readonly message: string }
  | { readonly name: 'IncompleteSignatureException'; readonly message: string }
  | { readonly name: 'InvalidSignatureException'; readonly message: string }
  | { readonly name: 'MissingAuthenticationTokenException'; readonly message: string }
  | { readonly name: 'UnrecognizedClientException'; readonly message: string }
  | { readonly name: 'UnknownOperationException'; readonly message: string }
  | { readonly name: 'RequestEntityTooLargeException'; readonly message: string }
  | { readonly name: 'InternalFailure'; readonly message: string };

export const STATUS_CODES: Readonly<Record<ServiceException['name'], number>> = {
  BadRequestException: 400,
  NotFoundException: 404,
  TooManyRequestsException: 429,
  GatewayTimeoutException: 504,
  ValidationException: 400,
  ResourceNotFoundException: 404,
  LimitExceededException: 429,
  InternalServiceException: 504,
  AccessDeniedException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  UnknownOperationException: 404,
  RequestEntityTooLargeException: 413,
  InternalFailure: 500,
};

export interface Refused {
  readonly kind: 'refused';
  readonly exception: ServiceException;
}

export type Result<T> = { readonly kind: 'answered'; readonly answer: T } | Refused;

export function answered<T>(answer: T): Result<T> {
  return { kind: 'answered', answer };
}

export function refused(exception: ServiceException): Refused {
  return { kind: 'refused', exception };
}

export function badRequest(message: string): Refused {
  return refused({ name: 'BadRequestException', message });
}

export function notFound(resourceType: string, message: string): Refused {
  return refused({ name: 'NotFoundException', message, resourceType });
}

export function validationFailed(message: string): Refused {
  return refused({ name: 'ValidationException', message });
}

/** The exception, with the name that the service uses in this variant. */
export function asNamed(exception: ServiceException, names: Variants['exceptionNames']): ServiceException {
  if (names === 'modelled') return exception;
  const { name, message } = exception;
  switch (name) {
    case 'BadRequestException':
      return { name: 'ValidationException', message };
    case 'NotFoundException':
      return { name: 'ResourceNotFoundException', message, ...(names !== 'reported' && { statusCode: 400 }) };
    case 'TooManyRequestsException':
      return { name: 'LimitExceededException', message };
    case 'GatewayTimeoutException':
      return { name: 'InternalServiceException', message };
    default:
      return exception;
  }
}
