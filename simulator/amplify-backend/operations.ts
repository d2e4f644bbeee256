/** The five operations that are modelled, with their parameters after parsing. */
export type Call =
  | { readonly operation: 'CloneBackend'; readonly appId: string; readonly source: string; readonly target: string }
  | { readonly operation: 'DeleteBackend'; readonly appId: string; readonly environment: string }
  | { readonly operation: 'GetBackend'; readonly appId: string; readonly environment: string | undefined }
  | {
      readonly operation: 'GetBackendJob';
      readonly appId: string;
      readonly environment: string;
      readonly jobId: string;
    }
  | {
      readonly operation: 'ListBackendJobs';
      readonly appId: string;
      readonly environment: string;
      readonly filter: JobFilter;
      readonly maxResults: number;
      readonly nextToken: string | undefined;
    };

export type Operation = Call['operation'];
export const OPERATIONS = [
  'CloneBackend',
  'DeleteBackend',
  'GetBackend',
  'GetBackendJob',
  'ListBackendJobs',
] as const satisfies readonly Operation[];

export type CallOf<O extends Operation> = Extract<Call, { operation: O }>;

export interface JobFilter {
  readonly jobId: string | undefined;
  readonly operation: string | undefined;
  readonly status: string | undefined;
}

/** The answer of CloneBackend and DeleteBackend. */
export interface Acceptance {
  readonly appId: string;
  readonly backendEnvironmentName: string;
  readonly error?: string | undefined;
  readonly jobId?: string | undefined;
  readonly operation?: string | undefined;
  readonly status: string;
}

/** A job in the answers of GetBackendJob and ListBackendJobs. Times are epoch milliseconds as decimal strings. */
export interface JobDescription extends Acceptance {
  readonly createTime: string;
  readonly updateTime: string;
}

export interface JobPage {
  readonly jobs: readonly JobDescription[];
  readonly nextToken?: string | undefined;
}

export interface BackendDescription {
  readonly appId: string;
  readonly appName: string;
  readonly backendEnvironmentList?: readonly string[] | undefined;
  readonly backendEnvironmentName?: string | undefined;
  readonly amplifyMetaConfig?: string | undefined;
  readonly amplifyFeatureFlags?: string | undefined;
}

export type Answer = Acceptance | JobDescription | JobPage | BackendDescription;
