/** What a request is signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Where a request is signed for. */
export interface SigningScope {
  readonly region: string;
  /** `s3`, or `s3-object-lambda`, `s3-outposts`. */
  readonly service: string;
}
