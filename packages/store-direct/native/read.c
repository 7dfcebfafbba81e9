/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads on threads. The ring (ring.c) does the same with the same plan.
 */
#include "engine.h"

static bool move_in(sd_op *op, sd_chunk *chunk) {
  sd_file *file = op->file;
  uint64_t done = 0;
  while (chunk->offset + done < chunk->end) {
    ssize_t got = pread(file->fd, chunk->address + done, chunk->length - done, (off_t)(chunk->offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      sd_fail(op, SD_STEP_READ, sd_errno());
      return false;
    }
    done += (uint64_t)got;
    /* The file ends before the size it had a moment ago, or in a place where direct I/O cannot go on. */
    if (got == 0 || (chunk->offset + done < chunk->end && done % file->offset_alignment != 0)) {
      sd_fail(op, SD_STEP_CHANGED, ESTALE);
      return false;
    }
  }
  sd_chunk_arrived(op, chunk);
  return true;
}

bool sd_read_after_failure(sd_op *op) {
  int error = sd_failure_errno(op);
  bool refused = sd_failure_step(op) == SD_STEP_READ && (error == EINVAL || error == EOPNOTSUPP);
  if (!refused || !op->file->direct || op->retried_buffered || !(op->flags & SD_FLAG_FALLBACK)) return false;
  if (!sd_file_make_buffered(op->file)) return false;
  op->retried_buffered = true;
  op->results |= SD_RESULT_REFUSED;
  op->failure = 0;
  return true;
}

static void transferred(sd_op *op) {
  if (sd_failed(op) && sd_read_after_failure(op)) {
    sd_read_opened(op);
    return;
  }
  sd_finish(op);
}

void sd_read_opened(sd_op *op) {
  if (sd_stopped(op) || (op->flags & SD_FLAG_STAT_ONLY) || !sd_plan_read(op) || op->chunk_count == 0) {
    sd_finish(op);
    return;
  }
  sd_run_chunks(op, move_in, transferred);
}

static bool open_source(sd_op *op) {
  if (op->file != NULL) return true;
  return op->fd >= 0 ? sd_file_borrow(op) : sd_open_for_read(op, false) == SD_OPEN_DONE;
}

void sd_read_start(sd_op *op) {
  if (sd_stopped(op) || !open_source(op)) {
    sd_finish(op);
    return;
  }
  if (sd_ring_takes(op)) {
    sd_ring_push(op->engine, op);
    return;
  }
  sd_read_opened(op);
}
