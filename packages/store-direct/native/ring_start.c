/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting, feeding and stopping the ring. It is tried at the first direct read and never before: many containers
 * deny io_uring, and then the threads do its work.
 */
#include "ring.h"

#include <signal.h>
#include <sys/eventfd.h>

bool sd_ring_takes(const sd_op *op) {
  if (op->flags & SD_FLAG_NO_RING || !(op->flags & SD_FLAG_DIRECT)) return false;
  if (SD_LOAD(&op->engine->ring_state) == SD_RING_UNAVAILABLE) return false;
  return op->file == NULL || op->file->direct;
}

void sd_ring_push(sd_engine *engine, sd_op *op) {
  sd_ring *ring = engine->ring;
  op->next = NULL;
  sd_lock(&ring->lock);
  bool closed = ring->stopping;
  if (!closed) {
    if (ring->inbox_last == NULL)
      ring->inbox_first = op;
    else
      ring->inbox_last->next = op;
    ring->inbox_last = op;
  }
  bool wake = !closed && ring->asleep;
  ring->asleep = false;
  pthread_mutex_unlock(&ring->lock);
  if (wake) {
    uint64_t one = 1;
    ssize_t written = write(ring->wake_fd, &one, sizeof one);
    (void)written; /* fails only when the counter is full, and then the ring is awake */
  }
  if (closed) {
    sd_fail(op, SD_STEP_CANCELLED, ECANCELED);
    sd_finish(op);
  }
}

static void free_ring(sd_ring *ring) {
  if (ring->wake_fd >= 0) close(ring->wake_fd);
  pthread_cond_destroy(&ring->started);
  pthread_mutex_destroy(&ring->lock);
  free(ring->transfers);
  free(ring);
}

static sd_ring *new_ring(sd_engine *engine) {
  sd_ring *ring = calloc(1, sizeof *ring);
  if (ring == NULL) return NULL;
  /* One entry is always taken by the read that watches for being woken. */
  uint32_t count = engine->limits.ring_entries - 1;
  ring->engine = engine;
  ring->transfers = calloc(count, sizeof *ring->transfers);
  ring->wake_fd = eventfd(0, EFD_CLOEXEC);
  pthread_mutex_init(&ring->lock, NULL);
  pthread_cond_init(&ring->started, NULL);
  if (ring->transfers == NULL || ring->wake_fd < 0) {
    free_ring(ring);
    return NULL;
  }
  for (uint32_t i = 0; i < count; i++) {
    ring->transfers[i].next = ring->spare;
    ring->spare = &ring->transfers[i];
  }
  return ring;
}

static int start_and_wait(sd_ring *ring) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&ring->thread, NULL, sd_ring_main, ring);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error != 0) return error;
  pthread_mutex_lock(&ring->lock);
  while (!ring->tried) pthread_cond_wait(&ring->started, &ring->lock);
  pthread_mutex_unlock(&ring->lock);
  if (ring->error != 0) pthread_join(ring->thread, NULL);
  return ring->error;
}

bool sd_ring_ready(sd_engine *engine) {
  if (SD_LOAD(&engine->ring_state) != SD_RING_UNTRIED) return engine->ring_state == SD_RING_RUNNING;
  sd_ring *ring = new_ring(engine);
  int error = ring == NULL ? sd_errno() : start_and_wait(ring);
  if (error != 0) {
    if (ring != NULL) free_ring(ring);
    engine->ring_error = (uint32_t)error;
    SD_STORE(&engine->ring_state, SD_RING_UNAVAILABLE);
    return false;
  }
  engine->ring = ring;
  SD_STORE(&engine->ring_state, SD_RING_RUNNING);
  return true;
}

void sd_ring_close(sd_engine *engine) {
  sd_ring *ring = engine->ring;
  if (ring == NULL) return;
  pthread_mutex_lock(&ring->lock);
  ring->stopping = true;
  pthread_mutex_unlock(&ring->lock);
  uint64_t one = 1;
  ssize_t written = write(ring->wake_fd, &one, sizeof one);
  (void)written;
  pthread_join(ring->thread, NULL);
}

void sd_ring_free(sd_engine *engine) {
  if (engine->ring != NULL) free_ring(engine->ring);
  engine->ring = NULL;
}
