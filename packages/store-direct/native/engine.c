/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

int sd_engine_open(sd_engine *engine, const sd_limits *limits, uint64_t slab_bytes, uint64_t keep_bytes) {
  memset(engine, 0, sizeof *engine);
  engine->limits = *limits;
  engine->ring_state = limits->ring_entries == 0 ? SD_RING_UNAVAILABLE : SD_RING_UNTRIED;
  engine->ring_error = limits->ring_entries == 0 ? ECANCELED : 0;
  int error = sd_pool_open(&engine->pool, slab_bytes, keep_bytes);
  if (error == 0) error = pthread_mutex_init(&engine->finished_lock, NULL);
  if (error == 0) error = sd_threads_open(&engine->threads, limits->threads);
  return error;
}

void sd_submit(sd_op *op) {
  sd_engine *engine = op->engine;
  if (op->depth == 0) op->depth = engine->limits.chunk_depth;
  switch (op->kind) {
    case SD_READ:
      if (sd_ring_takes(op) && sd_ring_ready(engine))
        sd_ring_push(engine, op);
      else
        sd_run_on_thread(op, sd_read_start);
      return;
    case SD_WRITE:
      sd_run_on_thread(op, sd_write_start);
      return;
  }
}

void sd_conclude(sd_op *op) {
  if (op->file == NULL) return;
  if (op->file->direct) op->results |= SD_RESULT_DIRECT;
  if (op->file->committed) op->results |= SD_RESULT_COMMITTED;
  sd_file_close(op);
}

void sd_hand_back(sd_engine *engine, sd_op *first, sd_op *last) {
  last->next = NULL;
  sd_lock(&engine->finished_lock);
  if (engine->finished_last == NULL)
    engine->finished_first = first;
  else
    engine->finished_last->next = first;
  engine->finished_last = last;
  bool notify = !engine->notified && !engine->stopping;
  engine->notified = true;
  /* With the lock held: the environment must not go away between the decision and the call. */
  if (notify) engine->notify(engine->notify_context);
  pthread_mutex_unlock(&engine->finished_lock);
}

void sd_finish(sd_op *op) {
  sd_conclude(op);
  sd_hand_back(op->engine, op, op);
}

sd_op *sd_take_finished(sd_engine *engine, uint32_t most, bool *more) {
  sd_lock(&engine->finished_lock);
  sd_op *first = engine->finished_first;
  sd_op *last = first;
  for (uint32_t i = 1; last != NULL && i < most && last->next != NULL; i++) last = last->next;
  if (last != NULL) {
    engine->finished_first = last->next;
    last->next = NULL;
  }
  if (engine->finished_first == NULL) engine->finished_last = NULL;
  *more = engine->finished_first != NULL;
  engine->notified = *more; /* the taker notifies itself when it leaves some */
  pthread_mutex_unlock(&engine->finished_lock);
  return first;
}

void sd_op_free(sd_op *op) {
  sd_release_segments(op);
  free(op->path);
  free(op);
}

void sd_engine_stop(sd_engine *engine) {
  sd_lock(&engine->finished_lock);
  SD_STORE(&engine->stopping, true);
  pthread_mutex_unlock(&engine->finished_lock);
  /* The ring first: what it cannot do it hands to the threads, which still run. What they hand to it afterwards
   * comes straight back cancelled. Both wait for every transfer under way, since the kernel writes into its memory. */
  sd_ring_close(engine);
  sd_threads_stop(&engine->threads);
  sd_ring_free(engine);
  bool more = true;
  while (more) {
    sd_op *op = sd_take_finished(engine, 1, &more);
    if (op != NULL) sd_op_free(op);
  }
}
