/** Replaces the class of `@smithy/core/protocols`. */
export class HttpRequest {
  readonly method: string = 'GET';
  readonly hostname: string = '';
  readonly path: string = '/';
  readonly headers: Readonly<Record<string, string>> = {};
  readonly body: string = '';

  constructor(members: Partial<HttpRequest>) {
    Object.assign(this, members);
  }

  static clone(request: HttpRequest): HttpRequest {
    return new HttpRequest(request);
  }
}
