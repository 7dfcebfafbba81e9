import { FREED_MEMORY_LESSON } from "../constants/transfer.js";

/**
 * Teaches the allocator of glibc, once a process, that megabytes come and go: it gives freed memory at the end of its heap back to
 * the system from 128 KiB on, and every later buffer pays for fresh pages, which cost more than reading the bytes (measured:
 * hot 100 KiB reads took two to three times the CPU). A large block that is freed raises that limit to twice the block's size, as
 * the first freed part of any large transfer does anyway. The block is never touched, hence takes no memory; the collector frees
 * it. Other allocators learn nothing and lose nothing. Source: mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
 */
export function keepFreedMemory(): void {
  if (taught) return;
  taught = true;
  Buffer.allocUnsafeSlow(FREED_MEMORY_LESSON);
}

let taught = false;
