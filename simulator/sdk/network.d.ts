/** What an execution environment of the simulator hands to code that asks for it: the network, without an HTTP client. */
declare module 'simulator:network' {
  /** Settles only while the environment is alive and running. */
  export function send(
    request: import('../amplify-backend/wire').WireRequest,
  ): Promise<import('../amplify-backend/wire').WireReply>;
}
