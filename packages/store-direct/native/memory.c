/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define SD_POISON(address, size) __asan_poison_memory_region((address), (size))
#define SD_UNPOISON(address, size) __asan_unpoison_memory_region((address), (size))
#else
#define SD_POISON(address, size) ((void)(address), (void)(size))
#define SD_UNPOISON(address, size) ((void)(address), (void)(size))
#endif

static char *map_huge(uint64_t size) {
  uint64_t room = size + SD_HUGE_PAGE;
  char *mapped = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return NULL;
  char *base = (char *)sd_round_up((uint64_t)(uintptr_t)mapped, SD_HUGE_PAGE);
  if (base > mapped) munmap(mapped, (size_t)(base - mapped));
  uint64_t after = (uint64_t)((mapped + room) - (base + size));
  if (after > 0) munmap(base + size, after);
  /* Both are hints: without huge pages it is slower, without DONTFORK a fork copies more. */
  madvise(base, size, MADV_HUGEPAGE);
  madvise(base, size, MADV_DONTFORK);
  return base;
}

static void unmap(char *base, uint64_t size) {
  SD_UNPOISON(base, size);
  munmap(base, size);
}

int sd_pool_open(sd_pool *pool, uint64_t slab_bytes, uint64_t keep_bytes) {
  memset(pool, 0, sizeof *pool);
  pool->slab_bytes = slab_bytes;
  pool->keep_bytes = keep_bytes;
  return pthread_mutex_init(&pool->lock, NULL);
}

static bool bit_used(const sd_slab *slab, uint32_t unit) { return (slab->used[unit / 64] >> (unit % 64)) & 1; }

static void mark(sd_slab *slab, uint32_t first, uint32_t count, bool used) {
  for (uint32_t unit = first; unit < first + count; unit++) {
    uint64_t bit = (uint64_t)1 << (unit % 64);
    if (used)
      slab->used[unit / 64] |= bit;
    else
      slab->used[unit / 64] &= ~bit;
  }
}

/* First run of `count` free units in [from, to), or UINT32_MAX. Full and empty words are passed at once. */
static uint32_t find_run(const sd_slab *slab, uint32_t from, uint32_t to, uint32_t count) {
  uint32_t run = 0;
  uint32_t unit = from;
  while (unit < to) {
    uint64_t word = slab->used[unit / 64];
    if (unit % 64 == 0 && word == UINT64_MAX) {
      run = 0;
      unit += 64;
      continue;
    }
    if (unit % 64 == 0 && word == 0 && unit + 64 <= to && run + 64 < count) {
      run += 64;
      unit += 64;
      continue;
    }
    run = bit_used(slab, unit) ? 0 : run + 1;
    unit++;
    if (run == count) return unit - count;
  }
  return UINT32_MAX;
}

static uint32_t find_in_slab(sd_slab *slab, uint32_t count) {
  if (slab->units - slab->used_units < count) return UINT32_MAX;
  uint32_t start = slab->cursor * 64;
  uint32_t found = find_run(slab, start, slab->units, count);
  if (found == UINT32_MAX && start > 0) {
    uint32_t end = start + count < slab->units ? start + count : slab->units;
    found = find_run(slab, 0, end, count);
  }
  return found;
}

static sd_slab *new_slab(sd_pool *pool) {
  uint32_t units = (uint32_t)(pool->slab_bytes / SD_UNIT);
  sd_slab *slab = calloc(1, sizeof *slab + (units + 63) / 64 * sizeof(uint64_t));
  if (slab == NULL) return NULL;
  slab->base = map_huge(pool->slab_bytes);
  if (slab->base == NULL) {
    free(slab);
    return NULL;
  }
  slab->units = units;
  SD_POISON(slab->base, pool->slab_bytes);
  slab->next = pool->slabs;
  pool->slabs = slab;
  pool->mapped_bytes += pool->slab_bytes;
  pool->idle_bytes += pool->slab_bytes;
  return slab;
}

static bool take_from_slabs(sd_pool *pool, uint32_t count, sd_block *block) {
  sd_slab *slab = pool->slabs;
  uint32_t first = UINT32_MAX;
  for (; slab != NULL; slab = slab->next) {
    first = find_in_slab(slab, count);
    if (first != UINT32_MAX) break;
  }
  if (slab == NULL) {
    slab = new_slab(pool);
    if (slab == NULL) return false;
    first = 0;
  }
  if (slab->used_units == 0) pool->idle_bytes -= pool->slab_bytes;
  mark(slab, first, count, true);
  slab->used_units += count;
  slab->cursor = first / 64;
  block->address = slab->base + (uint64_t)first * SD_UNIT;
  block->size = (uint64_t)count * SD_UNIT;
  block->slab = slab;
  return true;
}

static bool take_region(sd_pool *pool, uint64_t size, sd_block *block) {
  uint64_t rounded = sd_round_up(size, SD_HUGE_PAGE);
  for (sd_region **link = &pool->free_regions; *link != NULL; link = &(*link)->next) {
    sd_region *region = *link;
    if (region->size < rounded || region->size > 2 * rounded) continue;
    *link = region->next;
    pool->idle_bytes -= region->size;
    *block = (sd_block){.address = region->base, .size = region->size, .slab = NULL};
    free(region);
    return true;
  }
  char *base = map_huge(rounded);
  if (base == NULL) return false;
  pool->mapped_bytes += rounded;
  *block = (sd_block){.address = base, .size = rounded, .slab = NULL};
  return true;
}

bool sd_block_take(sd_pool *pool, uint64_t size, sd_block *block) {
  if (size == 0) size = 1;
  sd_lock(&pool->lock);
  bool taken = size > pool->slab_bytes / 2
                   ? take_region(pool, size, block)
                   : take_from_slabs(pool, (uint32_t)(sd_round_up(size, SD_UNIT) / SD_UNIT), block);
  if (taken) {
    pool->blocks++;
    SD_UNPOISON(block->address, block->size);
  }
  pthread_mutex_unlock(&pool->lock);
  return taken;
}

static void drop_empty_slabs(sd_pool *pool, uint64_t keep) {
  for (sd_slab **link = &pool->slabs; *link != NULL && pool->idle_bytes > keep;) {
    sd_slab *slab = *link;
    if (slab->used_units > 0) {
      link = &slab->next;
      continue;
    }
    *link = slab->next;
    unmap(slab->base, pool->slab_bytes);
    pool->idle_bytes -= pool->slab_bytes;
    pool->mapped_bytes -= pool->slab_bytes;
    free(slab);
  }
}

static void drop_regions(sd_pool *pool, uint64_t keep) {
  while (pool->free_regions != NULL && pool->idle_bytes > keep) {
    sd_region *region = pool->free_regions;
    pool->free_regions = region->next;
    unmap(region->base, region->size);
    pool->idle_bytes -= region->size;
    pool->mapped_bytes -= region->size;
    free(region);
  }
}

static void give_region(sd_pool *pool, sd_block *block) {
  sd_region *region = pool->idle_bytes + block->size <= pool->keep_bytes ? malloc(sizeof *region) : NULL;
  if (region == NULL) {
    unmap(block->address, block->size);
    pool->mapped_bytes -= block->size;
    return;
  }
  *region = (sd_region){.next = pool->free_regions, .base = block->address, .size = block->size};
  pool->free_regions = region;
  pool->idle_bytes += block->size;
}

void sd_block_give(sd_pool *pool, sd_block *block) {
  if (block->address == NULL) return;
  sd_lock(&pool->lock);
  pool->blocks--;
  SD_POISON(block->address, block->size);
  if (block->slab == NULL) {
    give_region(pool, block);
  } else {
    uint32_t first = (uint32_t)((uint64_t)(block->address - block->slab->base) / SD_UNIT);
    uint32_t count = (uint32_t)(block->size / SD_UNIT);
    mark(block->slab, first, count, false);
    block->slab->used_units -= count;
    if (block->slab->used_units == 0) {
      pool->idle_bytes += pool->slab_bytes;
      if (pool->idle_bytes > pool->keep_bytes) drop_empty_slabs(pool, pool->keep_bytes);
    }
  }
  pthread_mutex_unlock(&pool->lock);
  block->address = NULL;
}

void sd_pool_trim(sd_pool *pool) {
  sd_lock(&pool->lock);
  drop_empty_slabs(pool, 0);
  drop_regions(pool, 0);
  pthread_mutex_unlock(&pool->lock);
}

void sd_pool_close(sd_pool *pool) {
  while (pool->slabs != NULL) {
    sd_slab *slab = pool->slabs;
    pool->slabs = slab->next;
    unmap(slab->base, pool->slab_bytes);
    free(slab);
  }
  drop_regions(pool, 0);
  pthread_mutex_destroy(&pool->lock);
}
