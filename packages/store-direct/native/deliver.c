/* SPDX-License-Identifier: Apache-2.0
 *
 * From finished operations to JavaScript: facts into the completion table, bytes into ArrayBuffers, one call a batch.
 */
#include "environment.h"

typedef struct {
  sd_environment *environment;
  sd_block block;
} owned_block;

static void give_block_back(napi_env env, void *data, void *hint) {
  owned_block *owned = hint;
  sd_environment *environment = owned->environment;
  (void)env;
  (void)data;
  sd_block_give(&environment->engine.pool, &owned->block);
  free(owned);
  sd_environment_free_if_unused(environment);
}

napi_value sd_external_buffer(sd_environment *environment, sd_block *block, char *address, uint64_t length) {
  napi_value buffer;
  owned_block *owned = malloc(sizeof *owned);
  if (owned == NULL) return NULL;
  *owned = (owned_block){.environment = environment, .block = *block};
  napi_status status = napi_create_external_arraybuffer(environment->env, address, length, give_block_back, owned, &buffer);
  if (status != napi_ok) {
    free(owned); /* the block stays the caller's */
    return NULL;
  }
  block->address = NULL;
  environment->unseen_bytes += length;
  return buffer;
}

/* V8 makes a cheap collection of young objects when many bytes of young ArrayBuffers have come together, but looks only
 * when it allocates one itself. Without that, memory of ours came back by full collections only, one every 64 MiB. */
static void let_v8_look(sd_environment *environment) {
  napi_value buffer;
  void *data;
  if (environment->unseen_bytes < environment->look_bytes) return;
  environment->unseen_bytes = 0;
  (void)napi_create_arraybuffer(environment->env, 1, &data, &buffer);
}

/* An ArrayBuffer of V8's own. Node's Buffers are the only way to memory that is not cleared first, which from a few
 * pages on costs more than making the Buffer. */
static napi_value new_buffer(napi_env env, uint64_t length, void **data) {
  napi_value buffer, view;
  if (length <= SD_UNIT) return napi_create_arraybuffer(env, length, data, &buffer) == napi_ok ? buffer : NULL;
  if (napi_create_buffer(env, length, data, &view) != napi_ok) return NULL;
  size_t offset, size;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, view, &type, &size, NULL, &buffer, &offset) != napi_ok) return NULL;
  /* Were it a piece of a larger allocation, neighbours would be visible. */
  if (offset != 0) return napi_create_arraybuffer(env, length, data, &buffer) == napi_ok ? buffer : NULL;
  return buffer;
}

static napi_value copied_buffer(napi_env env, const char *address, uint64_t length) {
  void *data = NULL;
  napi_value buffer = new_buffer(env, length, &data);
  if (buffer != NULL && length > 0) memcpy(data, address, length);
  return buffer;
}

/* The bytes of one segment; JavaScript owns exactly them. NULL on failure (an exception may be pending). */
static napi_value segment_buffer(sd_environment *environment, sd_segment *segment) {
  if (segment->length > environment->own_copy_bytes) {
    if ((uint64_t)(uintptr_t)segment->memory % SD_WORD != 0) {
      memmove(segment->block.address, segment->memory, segment->length);
      segment->memory = segment->block.address;
    }
    napi_value external = sd_external_buffer(environment, &segment->block, segment->memory, segment->length);
    if (external != NULL) return external;
  }
  return copied_buffer(environment->env, segment->memory, segment->length);
}

static napi_value result_value(sd_environment *environment, sd_op *op) {
  napi_env env = environment->env;
  napi_value list, item;
  if (op->segments == &op->one) return op->one.from_caller ? NULL : segment_buffer(environment, &op->one);
  if (napi_create_array_with_length(env, op->segment_count, &list) != napi_ok) return NULL;
  for (uint32_t i = 0; i < op->segment_count; i++) {
    item = segment_buffer(environment, &op->segments[i]);
    if (item == NULL || napi_set_element(env, list, i, item) != napi_ok) return NULL;
  }
  return list;
}

static bool wants_value(sd_op *op) {
  if (op->kind != SD_READ || sd_failed(op) || op->segment_count == 0) return false;
  if (op->flags & SD_FLAG_STAT_ONLY) return false;
  return op->segments != &op->one || !op->one.from_caller;
}

static double moved_bytes(const sd_op *op) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < op->segment_count; i++) total += op->segments[i].length;
  return (double)total;
}

void sd_fill_record(sd_environment *environment, uint32_t index, sd_op *op) {
  double *record = environment->records + (size_t)index * SD_RECORD_FIELDS;
  record[SD_RECORD_SLOT] = op->slot;
  record[SD_RECORD_LINKS] = op->stat.links;
  record[SD_RECORD_ERROR] = sd_failure_errno(op);
  record[SD_RECORD_STEP] = sd_failure_step(op);
  record[SD_RECORD_RESULTS] = op->results;
  record[SD_RECORD_SIZE] = (double)op->stat.size;
  record[SD_RECORD_BYTES] = moved_bytes(op);
  record[SD_RECORD_MODE] = op->stat.mode;
  record[SD_RECORD_MEMORY_ALIGNMENT] = op->stat.memory_alignment;
  record[SD_RECORD_OFFSET_ALIGNMENT] = op->stat.offset_alignment;
  memcpy(&record[SD_RECORD_INODE], &op->stat.inode, sizeof(double));
  memcpy(&record[SD_RECORD_MODIFIED_NS], &op->stat.modified_ns, sizeof(double));
  memcpy(&record[SD_RECORD_DEVICE], &op->stat.device, sizeof(double));
  record[SD_RECORD_REPLACED_SIZE] = (double)op->replaced.size;
  memcpy(&record[SD_RECORD_REPLACED_INODE], &op->replaced.inode, sizeof(double));
  memcpy(&record[SD_RECORD_REPLACED_MODIFIED_NS], &op->replaced.modified_ns, sizeof(double));
}

void sd_forget(sd_environment *environment, sd_op *op) {
  environment->in_flight[op->slot] = NULL;
  environment->in_flight_count--;
  if (environment->in_flight_count == 0) napi_unref_threadsafe_function(environment->env, environment->wake);
}

static uint32_t fill_batch(sd_environment *environment, sd_op *op, napi_value values) {
  napi_env env = environment->env;
  uint32_t count = 0;
  while (op != NULL) {
    sd_op *next = op->next;
    napi_value value = NULL;
    if (wants_value(op) && (op->flags & SD_FLAG_HOLD)) {
      op->results |= SD_RESULT_HELD;
    } else if (wants_value(op)) {
      value = result_value(environment, op);
      if (value == NULL || napi_set_element(env, values, count, value) != napi_ok) sd_fail(op, SD_STEP_MEMORY, ENOMEM);
    }
    sd_fill_record(environment, count, op);
    if (!(op->results & SD_RESULT_HELD)) {
      sd_forget(environment, op);
      sd_op_free(op);
    }
    count++;
    op = next;
  }
  return count;
}

void sd_deliver(napi_env env, napi_value unused, void *context, void *data) {
  sd_environment *environment = context;
  (void)unused;
  (void)data;
  /* While the environment is being torn down calls fail, and the cleanup hook frees what is finished. */
  if (env == NULL || environment->closed) return;
  napi_value values, callback, receiver, arguments[2];
  bool more;
  let_v8_look(environment);
  if (napi_create_array(env, &values) != napi_ok) return;
  if (napi_get_reference_value(env, environment->callback, &callback) != napi_ok) return;
  if (napi_get_undefined(env, &receiver) != napi_ok) return;
  uint32_t count = fill_batch(environment, sd_take_finished(&environment->engine, environment->record_capacity, &more), values);
  /* The rest comes in a later turn of the event loop, so that other work gets its share. */
  if (more) napi_call_threadsafe_function(environment->wake, NULL, napi_tsfn_nonblocking);
  arguments[1] = values;
  if (count == 0 || napi_create_uint32(env, count, &arguments[0]) != napi_ok) return;
  if (napi_call_function(env, receiver, callback, 2, arguments, NULL) != napi_pending_exception) return;
  napi_value error;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}
