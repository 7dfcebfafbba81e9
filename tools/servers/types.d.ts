/** A running server that speaks S3. */
export interface S3Server extends AsyncDisposable {
  /** Name for reports. */
  readonly product: string;
  readonly version: string;
  /** May have a path of its own. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Always true here. */
  readonly forcePathStyle: boolean;
  /** Buckets that exist. */
  readonly buckets: readonly string[];
  /** Keys of another user, who may do nothing until a bucket's policy allows it; where the server has users. */
  readonly guest?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The same for `process.env`. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A running server that speaks Azure Blob. */
export interface AzureServer extends AsyncDisposable {
  /** Name for reports. */
  readonly product: string;
  readonly version: string;
  /** Without the account. */
  readonly origin: string;
  /** Of the first account. */
  readonly endpoint: string;
  /** The first one. */
  readonly account: string;
  /** Its key, base64. */
  readonly accountKey: string;
  /** Those made at start, in the first account. */
  readonly containers: readonly string[];
  readonly connectionString: string;
  /** The same for `process.env`. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}
