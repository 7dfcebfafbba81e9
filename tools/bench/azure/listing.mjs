// The listing that the sink serves, as List Blobs of an account without a hierarchical namespace answers.
export const NAMES_A_PAGE = 5_000;
export const PAGES = 4;

/** @returns {Buffer[]} */
export function listingPages() {
  return Array.from({ length: PAGES }, (_, page) => Buffer.from(listing(page)));
}

/** @param {number} page @param {number} index */
export function nameOf(page, index) {
  return `data/2026/shard-${page}-${String(index).padStart(6, "0")}.tar`;
}

/** @param {number} page */
function listing(page) {
  const blobs = Array.from({ length: NAMES_A_PAGE }, (_, index) => blob(page, index)).join("");
  const next = page + 1 < PAGES ? `<NextMarker>page${page + 1}</NextMarker>` : "<NextMarker />";
  return `\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://127.0.0.1/acct/" ContainerName="bench"><MaxResults>${NAMES_A_PAGE}</MaxResults><Blobs>${blobs}</Blobs>${next}</EnumerationResults>`;
}

/** @param {number} page @param {number} index */
function blob(page, index) {
  const etag = `0x8DE2A5D6B${String(index).padStart(6, "0")}`;
  return `<Blob><Name>${nameOf(page, index)}</Name><Properties><Creation-Time>Mon, 23 Nov 2026 08:00:00 GMT</Creation-Time><Last-Modified>Mon, 23 Nov 2026 08:00:00 GMT</Last-Modified><Etag>${etag}</Etag><Content-Length>${index}</Content-Length><Content-Type>application/x-tar</Content-Type><Content-Encoding /><Content-Language /><Content-CRC64 /><Content-MD5>1B2M2Y8AsgTpgAmY7PhCfg==</Content-MD5><Cache-Control /><Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties><OrMetadata /></Blob>`;
}
