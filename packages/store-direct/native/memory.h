/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for I/O: blocks carved from slabs that are aligned to, and made of, huge pages.
 *
 * Why: a transfer into scattered 4 KiB pages needs a scatter entry a page; one into a huge page needs one. On the
 * machine where this was designed that alone was a factor of 2.5 in throughput.
 */
#ifndef STOWAGE_MEMORY_H
#define STOWAGE_MEMORY_H

#include "platform.h"

typedef struct sd_slab {
  struct sd_slab *next;
  char *base;
  uint32_t units;
  uint32_t used_units;
  uint32_t cursor; /* word of the bitmap where the last block was found: the next search starts there */
  uint64_t used[]; /* a bit a unit */
} sd_slab;

typedef struct sd_region {
  struct sd_region *next;
  char *base;
  uint64_t size;
} sd_region;

typedef struct sd_pool {
  pthread_mutex_t lock;
  sd_slab *slabs;
  sd_region *free_regions;
  uint64_t slab_bytes;
  uint64_t keep_bytes;      /* memory without a block in it that is kept for the next transfer */
  uint64_t idle_bytes;      /* such memory now */
  uint64_t mapped_bytes;    /* all memory of this pool */
  uint64_t blocks;          /* blocks handed out and not freed */
} sd_pool;

/* A piece of pool memory. `address` is NULL when there is none. */
typedef struct sd_block {
  char *address;
  uint64_t size;
  sd_slab *slab; /* NULL: `address` is a region of its own */
} sd_block;

int sd_pool_open(sd_pool *pool, uint64_t slab_bytes, uint64_t keep_bytes);
/* Unmaps everything. The caller guarantees that no block is in use. */
void sd_pool_close(sd_pool *pool);
/* A block of at least `size` bytes, aligned to SD_UNIT (regions: to SD_HUGE_PAGE). False: out of memory. */
bool sd_block_take(sd_pool *pool, uint64_t size, sd_block *block);
void sd_block_give(sd_pool *pool, sd_block *block);
/* Returns all idle memory to the system. */
void sd_pool_trim(sd_pool *pool);

#endif
