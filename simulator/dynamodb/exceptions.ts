/**
 * The text before the `#` in `__type`: DynamoDB's own namespace for the errors of its model, and those of the layers in
 * front of it. Clients read only the text after it.
 */
const NAMESPACES = {
  AccessDeniedException: 'com.amazon.coral.service',
  IncompleteSignatureException: 'com.amazon.coral.service',
  InvalidSignatureException: 'com.amazon.coral.service',
  MissingAuthenticationTokenException: 'com.amazon.coral.service',
  SerializationException: 'com.amazon.coral.service',
  UnknownOperationException: 'com.amazon.coral.service',
  UnrecognizedClientException: 'com.amazon.coral.service',
  ThrottlingException: 'com.amazon.coral.availability',
  ValidationException: 'com.amazon.coral.validate',
  ConditionalCheckFailedException: 'com.amazonaws.dynamodb.v20120810',
  InternalServerError: 'com.amazonaws.dynamodb.v20120810',
  ResourceNotFoundException: 'com.amazonaws.dynamodb.v20120810',
} as const;

export type ExceptionName = keyof typeof NAMESPACES;

/** The reason for an error, with DynamoDB's text if it is known. */
export class DynamoDbException extends Error {
  constructor(
    override readonly name: ExceptionName,
    message: string,
  ) {
    super(message);
  }

  get type(): string {
    return `${NAMESPACES[this.name]}#${this.name}`;
  }
}

export function invalid(message: string): DynamoDbException {
  return new DynamoDbException('ValidationException', message);
}

export function notSerialized(message: string): DynamoDbException {
  return new DynamoDbException('SerializationException', message);
}
