/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer.h"

#include "engine.h"

static uint32_t chunks_between(const sd_op *op, uint64_t start, uint64_t end) {
  uint64_t chunk = op->engine->limits.chunk_bytes;
  return end <= start ? 0 : (uint32_t)((end - start + chunk - 1) / chunk);
}

static bool fits(const sd_file *file, const sd_segment *segment) {
  return segment->offset % file->offset_alignment == 0 &&
         (uint64_t)(uintptr_t)segment->memory % file->memory_alignment == 0;
}

static void count_chunks(sd_op *op) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < op->segment_count; i++) {
    sd_segment *segment = &op->segments[i];
    segment->first_chunk = total;
    segment->chunks = (segment->head ? 1 : 0) + chunks_between(op, segment->io_start, segment->io_end) +
                      (segment->tail ? 1 : 0);
    total += segment->chunks;
  }
  op->chunk_count = total;
  op->next_chunk = 0;
}

static bool take_block(sd_op *op, sd_segment *segment, uint64_t room) {
  if (segment->block.address != NULL) return true; /* planned again after a fallback: what it has is large enough */
  /* A region of its own is aligned to a huge page. */
  if (op->file->memory_alignment > SD_UNIT && room < op->engine->pool.slab_bytes) room = op->engine->pool.slab_bytes;
  if (sd_block_take(&op->engine->pool, room, &segment->block)) return true;
  sd_fail(op, SD_STEP_MEMORY, ENOMEM);
  return false;
}

/* The caller's memory, or memory of the pool that must begin with the first byte asked for. */
static void plan_exact_read(sd_op *op, sd_segment *segment) {
  uint64_t alignment = op->file->offset_alignment;
  uint64_t end = segment->offset + segment->length;
  segment->in_place = fits(op->file, segment);
  segment->io_start = sd_round_down(segment->offset, alignment);
  /* In place, the last partial block would write past the caller's memory: it passes through a bounce block. */
  segment->io_end = segment->in_place ? sd_round_down(end, alignment) : sd_round_up(end, alignment);
  segment->tail = segment->io_end < end;
  segment->base = segment->memory;
}

/* Memory from the pool is widened to whole blocks, so that every transfer is in place. */
static bool plan_pool_read(sd_op *op, sd_segment *segment) {
  uint64_t alignment = op->file->offset_alignment;
  uint64_t before = segment->offset % alignment;
  segment->io_start = segment->offset - before;
  segment->io_end = sd_round_up(segment->offset + segment->length, alignment);
  if (!take_block(op, segment, segment->io_end - segment->io_start)) return false;
  segment->memory = segment->block.address;
  if (before % SD_WORD != 0 && segment->length > op->engine->limits.inline_copy_bytes) {
    plan_exact_read(op, segment);
    return true;
  }
  segment->base = segment->block.address;
  segment->memory = segment->base + before;
  segment->in_place = true;
  return true;
}

bool sd_plan_read(sd_op *op) {
  uint64_t size = op->stat.size;
  for (uint32_t i = 0; i < op->segment_count; i++) {
    sd_segment *segment = &op->segments[i];
    if (op->flags & SD_FLAG_SUFFIX) segment->offset = size - sd_min(segment->length, size);
    segment->length = segment->offset >= size ? 0 : sd_min(segment->length, size - segment->offset);
    segment->head = false;
    segment->tail = false;
    segment->io_start = segment->io_end = segment->offset;
    if (segment->length == 0) continue;
    if (segment->from_caller)
      plan_exact_read(op, segment);
    else if (!plan_pool_read(op, segment))
      return false;
  }
  count_chunks(op);
  return true;
}

bool sd_plan_write(sd_op *op) {
  sd_file *file = op->file;
  sd_segment *segment = &op->segments[0];
  uint64_t end = segment->offset + segment->length;
  bool last = sd_pads_last_block(op);
  /* Blocks that hold foreign data too are written through the page cache. No page may then be written both ways, so
   * that the edges are whole pages. */
  uint64_t edge = file->direct ? sd_round_up(SD_UNIT, file->offset_alignment) : 1;
  segment->base = segment->memory;
  segment->in_place = fits(file, segment);
  segment->head = file->direct && segment->offset % edge != 0;
  segment->io_start = segment->head ? sd_min(sd_round_up(segment->offset, edge), end) : segment->offset;
  segment->io_end = sd_round_down(end, last ? file->offset_alignment : edge);
  if (segment->io_end < segment->io_start) segment->io_end = segment->io_start;
  segment->tail = segment->io_end < end;
  if (segment->head) segment->in_place = false;
  if (segment->tail && last && file->direct) file->padded = true;
  count_chunks(op);
  return true;
}

static sd_segment *segment_of(sd_op *op, uint32_t index) {
  uint32_t low = 0;
  uint32_t high = op->segment_count - 1;
  while (low < high) {
    uint32_t middle = (low + high + 1) / 2;
    if (op->segments[middle].first_chunk <= index)
      low = middle;
    else
      high = middle - 1;
  }
  while (op->segments[low].chunks == 0) low--; /* empty segments share their index with the next one */
  return &op->segments[low];
}

static bool fill_bounce(sd_op *op, sd_chunk *chunk) {
  uint64_t room = sd_round_up(chunk->length, op->file->offset_alignment);
  if (op->file->memory_alignment > SD_UNIT) room = sd_round_up(room, op->engine->pool.slab_bytes);
  if (!sd_block_take(&op->engine->pool, room, &chunk->bounce)) {
    sd_fail(op, SD_STEP_MEMORY, ENOMEM);
    return false;
  }
  chunk->address = chunk->bounce.address;
  if (op->kind == SD_WRITE) {
    uint64_t own = chunk->end - chunk->offset;
    memcpy(chunk->address, chunk->segment->memory + (chunk->offset - chunk->segment->offset), own);
    memset(chunk->address + own, 0, chunk->length - own);
  }
  return true;
}

/* The unaligned end. Reads and the last write move a whole block, other writes exactly their bytes, buffered. */
static bool tail_chunk(sd_op *op, sd_chunk *chunk, uint64_t end) {
  sd_segment *segment = chunk->segment;
  chunk->offset = segment->io_end;
  chunk->end = end;
  chunk->buffered = op->kind == SD_WRITE && !sd_pads_last_block(op);
  if (chunk->buffered || !op->file->direct) {
    chunk->length = end - chunk->offset;
    chunk->address = segment->memory + (chunk->offset - segment->offset);
    return true;
  }
  chunk->length = sd_round_up(end - chunk->offset, op->file->offset_alignment);
  return fill_bounce(op, chunk);
}

bool sd_chunk_at(sd_op *op, uint32_t index, sd_chunk *chunk) {
  sd_segment *segment = segment_of(op, index);
  uint64_t end = segment->offset + segment->length;
  uint32_t position = index - segment->first_chunk;
  *chunk = (sd_chunk){.segment = segment};
  if (segment->head && position == 0) {
    chunk->offset = segment->offset;
    chunk->end = segment->io_start;
    chunk->length = chunk->end - chunk->offset;
    chunk->address = segment->memory;
    chunk->buffered = true;
    return true;
  }
  if (segment->tail && position == segment->chunks - 1) return tail_chunk(op, chunk, end);
  uint64_t step = op->engine->limits.chunk_bytes;
  chunk->offset = segment->io_start + step * (position - (segment->head ? 1 : 0));
  chunk->length = sd_min(step, segment->io_end - chunk->offset);
  chunk->end = sd_min(chunk->offset + chunk->length, end);
  if (!segment->in_place) return fill_bounce(op, chunk);
  chunk->address = segment->base + (chunk->offset - segment->io_start);
  return true;
}

void sd_chunk_arrived(sd_op *op, sd_chunk *chunk) {
  (void)op;
  if (chunk->bounce.address == NULL) return;
  sd_segment *segment = chunk->segment;
  uint64_t from = chunk->offset > segment->offset ? chunk->offset : segment->offset;
  memcpy(segment->memory + (from - segment->offset), chunk->address + (from - chunk->offset), chunk->end - from);
}

void sd_chunk_done(sd_op *op, sd_chunk *chunk) { sd_block_give(&op->engine->pool, &chunk->bounce); }

bool sd_plan_bounces(const sd_op *op) {
  for (uint32_t i = 0; i < op->segment_count; i++) {
    const sd_segment *segment = &op->segments[i];
    if (segment->length > 0 && !segment->in_place && segment->length > op->engine->limits.inline_copy_bytes) return true;
  }
  return false;
}

void sd_release_segments(sd_op *op) {
  for (uint32_t i = 0; i < op->segment_count; i++) sd_block_give(&op->engine->pool, &op->segments[i].block);
  if (op->segments != &op->one) free(op->segments);
  op->segments = NULL;
  op->segment_count = 0;
}
