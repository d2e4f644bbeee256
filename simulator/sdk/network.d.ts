/** A module that code can import in the simulator's execution environments: the network, without an HTTP client. */
declare module 'simulator:network' {
  /** Settles only while the environment runs an invocation. */
  export function send(
    request: import('../amplify-backend/wire').WireRequest,
  ): Promise<import('../amplify-backend/wire').WireReply>;
}
