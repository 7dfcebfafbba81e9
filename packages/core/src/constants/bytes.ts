/** Binary units, in bytes. Every size below is a multiple of one of them. */
export const KIB: number = 1024;
export const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;
export const TIB: number = 1024 * GIB;
