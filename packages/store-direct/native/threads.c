/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's own threads. They are started as work comes and never use libuv's pool, whose four threads JavaScript
 * needs for everything else.
 */
#include "engine.h"

#include <signal.h>
#include <sys/prctl.h>

#define STACK_BYTES ((size_t)256 << 10)

int sd_threads_open(sd_threads *threads, uint32_t limit) {
  memset(threads, 0, sizeof *threads);
  threads->limit = limit;
  threads->ids = calloc(limit, sizeof *threads->ids);
  if (threads->ids == NULL) return ENOMEM;
  int error = pthread_mutex_init(&threads->lock, NULL);
  return error != 0 ? error : pthread_cond_init(&threads->wake, NULL);
}

static void *work(void *argument) {
  sd_threads *threads = argument;
  prctl(PR_SET_NAME, "stowage-io");
  pthread_mutex_lock(&threads->lock);
  for (;;) {
    while (threads->first == NULL && !threads->stopping) {
      threads->idle++;
      pthread_cond_wait(&threads->wake, &threads->lock);
      threads->idle--;
    }
    sd_task *task = threads->first;
    if (task == NULL) break; /* stopping, and nothing is left to do */
    threads->first = task->next;
    if (threads->first == NULL) threads->last = NULL;
    pthread_mutex_unlock(&threads->lock);
    task->run(task);
    pthread_mutex_lock(&threads->lock);
  }
  pthread_mutex_unlock(&threads->lock);
  return NULL;
}

/* With the lock held. Signals stay with Node's threads. */
static bool start_thread(sd_threads *threads) {
  sigset_t all, before;
  pthread_attr_t attributes;
  sigfillset(&all);
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&threads->ids[threads->started], &attributes, work, threads);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error == 0) threads->started++;
  return error == 0;
}

static bool enqueue(sd_threads *threads, sd_task *task) {
  task->next = NULL;
  pthread_mutex_lock(&threads->lock);
  bool served = threads->idle > 0;
  if (!served && threads->started < threads->limit) served = start_thread(threads);
  if (!served && threads->started == 0) {
    pthread_mutex_unlock(&threads->lock);
    return false;
  }
  if (threads->last == NULL)
    threads->first = task;
  else
    threads->last->next = task;
  threads->last = task;
  pthread_cond_signal(&threads->wake);
  pthread_mutex_unlock(&threads->lock);
  return true;
}

typedef struct {
  sd_task task;
  void (*run)(sd_op *op);
} op_task;

static void run_op_task(sd_task *task) {
  op_task *own = (op_task *)task;
  void (*run)(sd_op *op) = own->run;
  sd_op *op = task->op;
  free(own);
  run(op);
}

void sd_run_on_thread(sd_op *op, void (*run)(sd_op *op)) {
  op_task *own = malloc(sizeof *own);
  if (own != NULL) {
    *own = (op_task){.task = {.run = run_op_task, .op = op}, .run = run};
    if (enqueue(&op->engine->threads, &own->task)) return;
    free(own);
  }
  sd_fail(op, SD_STEP_THREAD, EAGAIN);
  sd_finish(op);
}

void sd_threads_stop(sd_threads *threads) {
  pthread_mutex_lock(&threads->lock);
  threads->stopping = true;
  pthread_cond_broadcast(&threads->wake);
  pthread_mutex_unlock(&threads->lock);
  for (uint32_t i = 0; i < threads->started; i++) pthread_join(threads->ids[i], NULL);
  threads->started = 0;
  free(threads->ids);
  threads->ids = NULL;
  pthread_cond_destroy(&threads->wake);
  pthread_mutex_destroy(&threads->lock);
}

typedef struct {
  sd_task task;
  bool (*move)(sd_op *op, sd_chunk *chunk);
  void (*after)(sd_op *op);
} chunk_task;

static void run_chunks_here(sd_op *op, bool (*move)(sd_op *, sd_chunk *)) {
  for (;;) {
    uint32_t index = __atomic_fetch_add(&op->next_chunk, 1, __ATOMIC_ACQ_REL);
    if (index >= op->chunk_count || sd_stopped(op)) return;
    sd_chunk chunk;
    if (sd_chunk_at(op, index, &chunk)) move(op, &chunk);
    sd_chunk_done(op, &chunk);
  }
}

static void run_chunk_task(sd_task *task) {
  chunk_task own = *(chunk_task *)task;
  free(task);
  run_chunks_here(own.task.op, own.move);
  if (SD_SUBTRACT(&own.task.op->runners, 1) == 0) own.after(own.task.op);
}

/* Heads and tails are less than a block each: to hand one to another thread costs more than to move it. */
static uint32_t worthwhile_runners(const sd_op *op) {
  uint32_t whole = 0;
  for (uint32_t i = 0; i < op->segment_count; i++) {
    const sd_segment *segment = &op->segments[i];
    whole += segment->chunks - (segment->head ? 1 : 0) - (segment->tail ? 1 : 0);
  }
  return whole < op->depth ? whole : op->depth;
}

void sd_run_chunks(sd_op *op, bool (*move)(sd_op *, sd_chunk *), void (*after)(sd_op *)) {
  uint32_t runners = worthwhile_runners(op);
  op->runners = 1;
  for (uint32_t i = 1; i < runners; i++) {
    chunk_task *own = malloc(sizeof *own);
    if (own == NULL) break;
    *own = (chunk_task){.task = {.run = run_chunk_task, .op = op}, .move = move, .after = after};
    SD_ADD(&op->runners, 1);
    if (enqueue(&op->engine->threads, &own->task)) continue;
    SD_SUBTRACT(&op->runners, 1);
    free(own);
    break;
  }
  run_chunks_here(op, move);
  if (SD_SUBTRACT(&op->runners, 1) == 0) after(op);
}
