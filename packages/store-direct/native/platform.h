/* SPDX-License-Identifier: Apache-2.0
 *
 * What every source file of the binding includes first.
 *
 * The binary is linked with -nostdlib, so that one file loads under glibc and musl: only functions that both
 * C libraries export without a version are called, everything newer goes through syscall(2).
 */
#ifndef STOWAGE_PLATFORM_H
#define STOWAGE_PLATFORM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SD_LOAD(pointer) __atomic_load_n((pointer), __ATOMIC_ACQUIRE)
#define SD_STORE(pointer, value) __atomic_store_n((pointer), (value), __ATOMIC_RELEASE)
#define SD_EXCHANGE(pointer, value) __atomic_exchange_n((pointer), (value), __ATOMIC_SEQ_CST)
#define SD_ADD(pointer, value) __atomic_add_fetch((pointer), (value), __ATOMIC_ACQ_REL)
#define SD_SUBTRACT(pointer, value) __atomic_sub_fetch((pointer), (value), __ATOMIC_ACQ_REL)

/* The unit in which pool memory is handed out: the page size of both supported architectures' usual kernels, and
 * the memory alignment that no known block device exceeds (larger ones get a region of their own). */
#define SD_UNIT ((uint64_t)4096)
/* ArrayBuffers must begin at a multiple of the largest element that JavaScript may view them as. */
#define SD_WORD ((uint64_t)8)
/* Transparent huge pages are 2 MiB on x64 and on arm64 with 4 KiB pages. */
#define SD_HUGE_PAGE ((uint64_t)2 << 20)

static inline uint64_t sd_round_down(uint64_t value, uint64_t alignment) { return value - value % alignment; }

static inline uint64_t sd_round_up(uint64_t value, uint64_t alignment) {
  uint64_t rest = value % alignment;
  return rest == 0 ? value : value + (alignment - rest);
}

static inline uint64_t sd_min(uint64_t a, uint64_t b) { return a < b ? a : b; }

static inline void sd_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Looks before a thread is put to sleep: a few microseconds. */
#define SD_LOCK_LOOKS 100

/* For locks that are held for well under a microsecond, a hundred thousand times a second: to put a thread to sleep and to
 * wake it costs more than to look again. */
static inline void sd_lock(pthread_mutex_t *lock) {
  for (int looks = 0; looks < SD_LOCK_LOOKS; looks++) {
    if (pthread_mutex_trylock(lock) == 0) return;
    sd_pause();
  }
  pthread_mutex_lock(lock);
}

/* A failed call's errno; never 0, so that "failed" cannot read as "succeeded". */
static inline int sd_errno(void) { return errno == 0 ? EIO : errno; }

#endif
