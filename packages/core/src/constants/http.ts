import { KIB, MIB } from "./bytes.js";

/** Connections of one origin at most; further requests wait for a free one. Source: the AWS SDK keeps 50, Azure's 50; 64 lets
 * 32 bulk objects of two parts each run without waiting. */
export const HTTP_CONNECTIONS_DEFAULT = 64;

/** Idle connections are closed after this, in milliseconds, unless the server announces a shorter time. Reason: below the
 * shortest server default met (Node's own 5 s), so that a request seldom meets a connection that is being closed. */
export const HTTP_KEEP_ALIVE_MS = 4000;

/** Largest response head, in bytes. Reason: 2 KiB of metadata, escaped at worst sixfold, and the service's own headers, fourfold. */
export const HTTP_HEAD_BYTES_MAX: number = 64 * KIB;

/** Request bodies above this many bytes are written in slices of it: the idle timeout then watches progress instead of the whole
 * body, and TLS does not encrypt a whole part into memory at once. Measured: parts of 8 MiB cost a third more CPU in slices of
 * 256 KiB, a tenth more in these. */
export const HTTP_WRITE_SLICE: number = MIB;

/** Bytes a streamed response body may hold ahead of its consumer before the socket is paused. Four socket reads of Node. */
export const HTTP_STREAM_BUFFER: number = 256 * KIB;

/** Largest answer collected into memory when the request names no limit of its own (error bodies, small documents), in bytes. */
export const HTTP_COLLECT_MAX: number = 4 * MIB;

/** Memory that one read of a socket may fill, in bytes. Source: what Node itself reads at a time. */
export const HTTP_SOCKET_READ: number = 64 * KIB;

/** Longest line of a chunked body's framing (size with extensions, or a trailer), in bytes. Reason: the extensions in use are
 * shorter than 100, trailers are headers; nothing legitimate comes near. */
export const HTTP_CHUNK_LINE_MAX: number = 8 * KIB;

/** Resolution of idle limits and keep-alive, in milliseconds: one timer for all connections looks at them this often. */
export const HTTP_CLOCK_MS = 250;

/** A connection is given up this long before the server's announced keep-alive ends, in milliseconds: time for a request that is
 * on its way when the server closes. */
export const HTTP_KEEP_ALIVE_MARGIN_MS = 1000;

/** Bytes of a document of ASCII that are made into text at a time. Measured: strings above 128 KiB leave the young generation of the
 * heap and cost more than reading them; 64 KiB is far below. */
export const XML_WINDOW: number = 64 * KIB;

/** The next window begins once less than this is left of the last, in bytes. Reason: more than any one element of a listing, whose
 * keys have 1,024 bytes, escaped sixfold. */
export const XML_WINDOW_MARGIN: number = 16 * KIB;
