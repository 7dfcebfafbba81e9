/* SPDX-License-Identifier: Apache-2.0
 *
 * The io_uring engine: one thread that opens (only what the kernel has cached), keeps many reads in flight and
 * closes. Whatever would make it wait (an uncached path, buffered files, large copies) goes to the threads.
 * Writes are not here: the kernel would hand them to threads of its own.
 */
#include "ring.h"

#include <sys/prctl.h>

#define WAKE_TOKEN ((uint64_t)0)
#define CLOSE_TOKEN ((uint64_t)1)
/* Batches that are given to a busy disk at once. */
#define BUSY_BATCHES 8

static void issue(sd_ring *ring, transfer *item, bool forced_async) {
  sd_chunk *chunk = &item->chunk;
  sd_ring_queue_read(&ring->queue, item->op->file->fd, chunk->address + item->done, (uint32_t)(chunk->length - item->done),
                     chunk->offset + item->done, (uint64_t)(uintptr_t)item, forced_async);
}

static transfer *take_spare(sd_ring *ring, sd_op *op) {
  transfer *item = ring->spare;
  ring->spare = item->next;
  ring->in_flight++;
  item->op = op;
  return item;
}

static void put_back(sd_ring *ring, transfer *item) {
  item->next = ring->spare;
  ring->spare = item;
  ring->in_flight--;
}

/* Starts the operation's next chunk with this transfer. False: there is none, or the operation has failed. */
static bool next_chunk(sd_ring *ring, transfer *item) {
  sd_op *op = item->op;
  if (op->next_chunk >= op->chunk_count || sd_stopped(op)) return false;
  item->done = 0;
  if (!sd_chunk_at(op, op->next_chunk++, &item->chunk)) return false;
  issue(ring, item, false);
  return true;
}

static void over(sd_ring *ring, sd_op *op) {
  /* With others under way the kernel closes the file along with them: one system call less. Only on block devices: the
   * file systems that have something to do at a close (overlayfs, NFS, FUSE) would do it on yet another thread. */
  bool own = op->file != NULL && !op->file->borrowed && ring->in_flight > 0;
  bool on_block_device = op->stat.device >> 32 != 0;
  if (own && on_block_device && sd_ring_queue_close_file(&ring->queue, op->file->fd, CLOSE_TOKEN)) op->file->borrowed = true;
  sd_conclude(op);
  op->next = NULL;
  if (ring->over_last == NULL)
    ring->over_first = op;
  else
    ring->over_last->next = op;
  ring->over_last = op;
}

static void finished(sd_ring *ring, sd_op *op) {
  if (sd_failed(op) && sd_read_after_failure(op))
    sd_run_on_thread(op, sd_read_opened);
  else
    over(ring, op);
}

/* Hands back what is over, then gives the kernel what is queued and waits for `wait_for` transfers. */
static void visit_kernel(sd_ring *ring, uint32_t wait_for) {
  if (ring->over_first != NULL) {
    /* First, because it closes files: an operation that is over has none open. */
    if (ring->queue.unsubmitted > 0) sd_ring_queue_enter(&ring->queue, 0);
    sd_hand_back(ring->engine, ring->over_first, ring->over_last);
  }
  ring->over_first = ring->over_last = NULL;
  /* An error here is a passing shortage (EAGAIN, EBUSY) that completions cure: what is queued stays queued. */
  sd_ring_queue_enter(&ring->queue, wait_for);
}

/* The file is open: plan, and put the first chunks in flight. At least one transfer is spare. */
static void start_transfer(sd_ring *ring, sd_op *op) {
  if ((op->flags & SD_FLAG_STAT_ONLY) || sd_stopped(op)) {
    sd_read_opened(op); /* nothing to transfer: it only records why */
    return;
  }
  if (!op->file->direct) {
    sd_run_on_thread(op, sd_read_opened);
    return;
  }
  if (!sd_plan_read(op) || op->chunk_count == 0) {
    over(ring, op);
    return;
  }
  bool large = op->chunk_count == 1 && op->one.length >= ring->engine->limits.thread_read_bytes;
  if (large || sd_plan_bounces(op)) {
    sd_run_on_thread(op, sd_read_opened);
    return;
  }
  op->results |= SD_RESULT_RING;
  ring->last_length = op->segments[0].length;
  uint32_t wanted = op->chunk_count < op->depth ? op->chunk_count : op->depth;
  op->runners = 0;
  while (op->runners < wanted && ring->spare != NULL) {
    transfer *item = take_spare(ring, op);
    if (!next_chunk(ring, item)) {
      put_back(ring, item);
      break;
    }
    op->runners++;
  }
  if (op->runners == 0) finished(ring, op);
}

/* Has the kernel open the file, together with whatever else is queued. */
static void open_later(sd_ring *ring, sd_op *op) {
  transfer *item = take_spare(ring, op);
  item->opening = true;
  item->how = (struct open_how){.flags = SD_READ_OPEN_FLAGS | O_DIRECT, .resolve = sd_open_confinement(op) | RESOLVE_CACHED};
  sd_ring_queue_open_file(&ring->queue, op->path, &item->how, (uint64_t)(uintptr_t)item);
}

static void opened(sd_ring *ring, sd_op *op, int32_t result) {
  if (result == -EAGAIN || result == -EINTR || result == -EINVAL) {
    /* It would have waited for the disk, or O_DIRECT or the call itself is refused: the threads find out. */
    sd_run_on_thread(op, sd_read_start);
  } else if (result < 0) {
    sd_fail(op, SD_STEP_OPEN, -result);
    over(ring, op);
  } else if (sd_adopt_for_read(op, result, true)) {
    start_transfer(ring, op);
  } else {
    over(ring, op);
  }
}

static void start(sd_ring *ring, sd_op *op) {
  if (op->file != NULL) {
    start_transfer(ring, op);
    return;
  }
  if (sd_stopped(op)) {
    over(ring, op);
    return;
  }
  if (op->fd >= 0) {
    if (sd_file_borrow(op))
      start_transfer(ring, op);
    else
      over(ring, op);
    return;
  }
  if (ring->in_flight > 0 && op->root_length == 0) {
    open_later(ring, op);
    return;
  }
  switch (sd_open_for_read(op, true)) {
    case SD_OPEN_DONE:
      start_transfer(ring, op);
      return;
    case SD_OPEN_FAILED:
      over(ring, op);
      return;
    case SD_OPEN_WOULD_BLOCK:
      sd_run_on_thread(op, sd_read_start);
      return;
  }
}

static void completed(sd_ring *ring, transfer *item, int32_t result) {
  sd_op *op = item->op;
  sd_chunk *chunk = &item->chunk;
  if (item->opening) {
    item->opening = false;
    put_back(ring, item);
    opened(ring, op, result);
    return;
  }
  if (result == -EINTR || result == -EAGAIN) {
    issue(ring, item, result == -EAGAIN);
    return;
  }
  if (result < 0) {
    sd_fail(op, SD_STEP_READ, -result);
  } else {
    item->done += (uint64_t)result;
    bool short_of_end = chunk->offset + item->done < chunk->end;
    if (short_of_end && result > 0 && item->done % op->file->offset_alignment == 0) {
      issue(ring, item, false);
      return;
    }
    if (short_of_end)
      sd_fail(op, SD_STEP_CHANGED, ESTALE);
    else
      sd_chunk_arrived(op, chunk);
  }
  sd_chunk_done(op, chunk);
  if (next_chunk(ring, item)) return;
  put_back(ring, item);
  if (--op->runners == 0) finished(ring, op);
}

static void watch_for_wake(sd_ring *ring) {
  sd_ring_queue_read(&ring->queue, ring->wake_fd, &ring->wake_value, sizeof ring->wake_value, 0, WAKE_TOKEN, false);
}

static void reap(sd_ring *ring) {
  uint64_t token;
  int32_t result;
  while (sd_ring_queue_next(&ring->queue, &token, &result)) {
    if (token == WAKE_TOKEN)
      watch_for_wake(ring);
    else if (token != CLOSE_TOKEN)
      completed(ring, (transfer *)(uintptr_t)token, result);
  }
}

/* All that has come, at once: the lock is taken once a batch. */
static sd_op *next_op(sd_ring *ring) {
  if (ring->taken == NULL) {
    sd_lock(&ring->lock);
    ring->taken = ring->inbox_first;
    ring->inbox_first = ring->inbox_last = NULL;
    pthread_mutex_unlock(&ring->lock);
  }
  sd_op *op = ring->taken;
  if (op != NULL) ring->taken = op->next;
  return op;
}

/* So many operations are worth a submission of their own: with small ones it costs more than the disk gains. */
static uint32_t batch_of(const sd_ring *ring) {
  const sd_limits *limits = &ring->engine->limits;
  uint64_t least = limits->ring_batch;
  uint64_t wanted = limits->ring_batch_bytes / (ring->last_length + 1);
  return (uint32_t)sd_min(wanted < least ? least : wanted, limits->ring_entries);
}

/* Takes operations while there are transfers for them. */
static void take_inbox(sd_ring *ring) {
  sd_op *op;
  while (ring->spare != NULL && (op = next_op(ring)) != NULL) {
    start(ring, op);
    /* The disk should work while the next files are opened. Once it does, more are better given to it together: in a
     * virtual machine each submission is an exit from it. */
    uint32_t waiting = ring->queue.unsubmitted;
    uint32_t batch = batch_of(ring);
    uint32_t under_way = ring->in_flight > waiting ? ring->in_flight - waiting : 0;
    if (waiting >= (under_way < batch ? batch : BUSY_BATCHES * batch)) {
      visit_kernel(ring, 0);
      /* What was opened is read at once, what was read goes back. */
      reap(ring);
    }
  }
}

/* Sleeps in the kernel until a transfer is over or an operation comes. Operations that come while it is awake need not
 * wake it: it looks once more before it sleeps. False: there is nothing to wait for, ever. */
static bool sleep_until_event(sd_ring *ring) {
  sd_lock(&ring->lock);
  bool more = ring->taken != NULL || ring->inbox_first != NULL;
  bool stop = ring->stopping && ring->in_flight == 0 && !more;
  ring->asleep = !more;
  pthread_mutex_unlock(&ring->lock);
  /* What waits for a spare transfer waits for one to be over. */
  visit_kernel(ring, stop || (more && ring->spare != NULL) ? 0 : 1);
  sd_lock(&ring->lock);
  ring->asleep = false;
  pthread_mutex_unlock(&ring->lock);
  return !stop;
}

static void run(sd_ring *ring) {
  take_inbox(ring);
  while (sleep_until_event(ring)) {
    reap(ring);
    take_inbox(ring);
  }
}

/* Opens the queues and enters them once: seccomp filters may deny either call. */
static int probe(sd_ring *ring) {
  int error = sd_ring_queue_open(&ring->queue, ring->engine->limits.ring_entries);
  if (error != 0) return error;
  watch_for_wake(ring);
  error = sd_ring_queue_enter(&ring->queue, 0);
  if (error != 0) sd_ring_queue_close(&ring->queue);
  return error;
}

void *sd_ring_main(void *argument) {
  sd_ring *ring = argument;
  prctl(PR_SET_NAME, "stowage-ring");
  /* Here and not by the creator: the kernel allows one thread only to use a single-issuer ring. */
  int error = probe(ring);
  pthread_mutex_lock(&ring->lock);
  ring->error = error;
  ring->tried = true;
  pthread_cond_signal(&ring->started);
  pthread_mutex_unlock(&ring->lock);
  if (error != 0) return NULL;
  run(ring);
  sd_ring_queue_close(&ring->queue);
  return NULL;
}
