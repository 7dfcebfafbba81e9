/* SPDX-License-Identifier: Apache-2.0
 *
 * From JavaScript to operations. Arguments are checked for type and bounds even though only our own TypeScript calls.
 */
#include "environment.h"

static sd_environment *begin(napi_env env, napi_callback_info info, size_t expected, napi_value *arguments) {
  size_t count = expected;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != expected) {
    sd_throw(env, "wrong number of arguments");
    return NULL;
  }
  if (napi_get_instance_data(env, &data) != napi_ok || data == NULL) {
    sd_throw(env, "not started");
    return NULL;
  }
  return data;
}

static bool get_number(napi_env env, napi_value value, double *number) {
  return napi_get_value_double(env, value, number) == napi_ok && *number >= 0 && *number <= 9007199254740991.0;
}

static bool get_size(napi_env env, napi_value value, uint64_t *size) {
  double number;
  if (!get_number(env, value, &number)) return false;
  *size = (uint64_t)number;
  return true;
}

static bool get_u32(napi_env env, napi_value value, uint32_t *number) { return napi_get_value_uint32(env, value, number) == napi_ok; }

/* Strings are stored behind one another in op->path, which owns them all. */
static bool get_strings(napi_env env, const napi_value *values, size_t count, char *pointers[], char **storage) {
  size_t lengths[4];
  size_t total = 0;
  for (size_t i = 0; i < count; i++) {
    if (napi_get_value_string_utf8(env, values[i], NULL, 0, &lengths[i]) != napi_ok) return false;
    total += lengths[i] + 1;
  }
  char *next = *storage = malloc(total);
  if (next == NULL) return false;
  for (size_t i = 0; i < count; i++) {
    pointers[i] = next;
    if (napi_get_value_string_utf8(env, values[i], next, lengths[i] + 1, &lengths[i]) != napi_ok) return false;
    if (strlen(next) != lengths[i]) return false; /* a NUL would cut the path short */
    next += lengths[i] + 1;
  }
  return true;
}

/* The memory of a Uint8Array. NULL memory with success: undefined was given. */
static bool get_memory(napi_env env, napi_value value, char **memory, uint64_t *length) {
  napi_valuetype type;
  napi_typedarray_type element;
  size_t bytes;
  void *data;
  *memory = NULL;
  *length = 0;
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_undefined) return true;
  if (napi_get_typedarray_info(env, value, &element, &bytes, &data, NULL, NULL) != napi_ok) return false;
  if (element != napi_uint8_array) return false;
  *memory = data;
  *length = bytes;
  return true;
}

static sd_op *new_op(sd_environment *environment, sd_kind kind, uint32_t slot) {
  if (slot >= environment->slots) {
    uint32_t slots = environment->slots == 0 ? 64 : environment->slots;
    while (slots <= slot) slots *= 2;
    sd_op **grown = realloc(environment->in_flight, slots * sizeof *grown);
    if (grown == NULL) return NULL;
    memset(grown + environment->slots, 0, (slots - environment->slots) * sizeof *grown);
    environment->in_flight = grown;
    environment->slots = slots;
  }
  if (environment->in_flight[slot] != NULL) return NULL;
  sd_op *op = malloc(sizeof *op);
  if (op == NULL) return NULL;
  memset(op, 0, sizeof *op);
  op->engine = &environment->engine;
  op->kind = kind;
  op->slot = slot;
  op->segments = &op->one;
  op->fd = -1;
  return op;
}

static napi_value refuse(napi_env env, sd_op *op, const char *message) {
  if (op != NULL) sd_op_free(op);
  return sd_throw(env, message);
}

static napi_value submit(sd_environment *environment, sd_op *op) {
  environment->in_flight[op->slot] = op;
  if (environment->in_flight_count++ == 0) napi_ref_threadsafe_function(environment->env, environment->wake);
  sd_submit(op);
  return NULL;
}

/* descriptor or -1, path, rootLength, flags, defaultAlignment */
static bool get_source(napi_env env, const napi_value *values, sd_op *op) {
  char *strings[1];
  return napi_get_value_int32(env, values[0], &op->fd) == napi_ok && get_strings(env, &values[1], 1, strings, &op->path) &&
         get_u32(env, values[2], &op->root_length) && op->root_length <= strlen(op->path) &&
         get_u32(env, values[3], &op->flags) && get_u32(env, values[4], &op->default_alignment);
}

/* read(slot, descriptor or -1, path, rootLength, flags, defaultAlignment, offset, length, destination | undefined) */
napi_value sd_js_read(napi_env env, napi_callback_info info) {
  napi_value arguments[9];
  sd_environment *environment = begin(env, info, 9, arguments);
  uint32_t slot;
  uint64_t room;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  sd_op *op = new_op(environment, SD_READ, slot);
  if (op == NULL) return sd_throw(env, "no such slot");
  op->segment_count = 1;
  if (!get_source(env, &arguments[1], op)) return refuse(env, op, "bad file");
  if (!get_size(env, arguments[6], &op->one.offset) || !get_size(env, arguments[7], &op->one.length) ||
      !get_memory(env, arguments[8], &op->one.memory, &room))
    return refuse(env, op, "bad read");
  op->one.from_caller = op->one.memory != NULL || room > 0;
  if (op->one.from_caller && op->one.length > room) return refuse(env, op, "the destination is too small");
  return submit(environment, op);
}

/* readRanges(slot, descriptor or -1, path, rootLength, flags, defaultAlignment, Float64Array of offset, length pairs) */
napi_value sd_js_read_ranges(napi_env env, napi_callback_info info) {
  napi_value arguments[7];
  sd_environment *environment = begin(env, info, 7, arguments);
  uint32_t slot;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  sd_op *op = new_op(environment, SD_READ, slot);
  if (op == NULL) return sd_throw(env, "no such slot");
  napi_typedarray_type type;
  size_t length;
  void *data;
  if (!get_source(env, &arguments[1], op)) return refuse(env, op, "bad file");
  if (napi_get_typedarray_info(env, arguments[6], &type, &length, &data, NULL, NULL) != napi_ok ||
      type != napi_float64_array || length == 0 || length % 2 != 0)
    return refuse(env, op, "bad ranges");
  sd_segment *segments = calloc(length / 2, sizeof *segments);
  if (segments == NULL) return refuse(env, op, "out of memory");
  const double *numbers = data;
  op->segments = segments;
  op->segment_count = (uint32_t)(length / 2);
  for (uint32_t i = 0; i < op->segment_count; i++) {
    if (!(numbers[2 * i] >= 0) || !(numbers[2 * i + 1] >= 0)) return refuse(env, op, "bad ranges");
    segments[i].offset = (uint64_t)numbers[2 * i];
    segments[i].length = (uint64_t)numbers[2 * i + 1];
  }
  return submit(environment, op);
}

/* write(slot, descriptor or -1, parent, rootLength, flags, defaultAlignment, phases, temp, target, size, offset,
 * modifiedUs, data | undefined). Without a descriptor it is a new file, and all phases are done. */
napi_value sd_js_write(napi_env env, napi_callback_info info) {
  napi_value arguments[13];
  sd_environment *environment = begin(env, info, 13, arguments);
  uint32_t slot;
  double modified;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  sd_op *op = new_op(environment, SD_WRITE, slot);
  if (op == NULL) return sd_throw(env, "no such slot");
  char *strings[3];
  const napi_value names[3] = {arguments[2], arguments[7], arguments[8]};
  if (!get_strings(env, names, 3, strings, &op->path)) return refuse(env, op, "bad path");
  op->temp = strings[1];
  op->target = strings[2];
  if (napi_get_value_int32(env, arguments[1], &op->fd) != napi_ok || !get_u32(env, arguments[3], &op->root_length) ||
      op->root_length > strlen(op->path) || !get_u32(env, arguments[4], &op->flags) ||
      !get_u32(env, arguments[5], &op->default_alignment) || !get_u32(env, arguments[6], &op->phases) ||
      !get_size(env, arguments[9], &op->size) || !get_size(env, arguments[10], &op->one.offset) ||
      !get_number(env, arguments[11], &modified) || !get_memory(env, arguments[12], &op->one.memory, &op->one.length))
    return refuse(env, op, "bad write");
  if (op->fd >= 0 && (op->phases & SD_PHASE_COMMIT)) return refuse(env, op, "a borrowed descriptor has no name to commit");
  op->modified_us = (int64_t)modified;
  op->segment_count = op->one.length > 0 ? 1 : 0;
  op->one.from_caller = true;
  return submit(environment, op);
}

/* probe(directory, temp): answers at once, in the first record. A few milliseconds of the disk at most. */
napi_value sd_js_probe(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  sd_environment *environment = begin(env, info, 2, arguments);
  if (environment == NULL) return NULL;
  sd_op op = {.engine = &environment->engine, .fd = -1};
  char *strings[2];
  op.segments = &op.one;
  if (get_strings(env, arguments, 2, strings, &op.path)) {
    op.temp = strings[1];
    sd_probe(&op);
    sd_fill_record(environment, 0, &op);
  } else {
    sd_throw(env, "bad path");
  }
  free(op.path);
  return NULL;
}

/* take(slot, destination | undefined): the bytes of a held read go to the destination, and the read is over. */
napi_value sd_js_take(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  sd_environment *environment = begin(env, info, 2, arguments);
  uint32_t slot;
  char *memory;
  uint64_t room;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot) || slot >= environment->slots) return sd_throw(env, "bad slot");
  sd_op *op = environment->in_flight[slot];
  if (op == NULL || !(op->results & SD_RESULT_HELD)) return sd_throw(env, "nothing is held");
  bool fits = get_memory(env, arguments[1], &memory, &room) && (memory == NULL || room == op->one.length);
  if (fits && memory != NULL) memcpy(memory, op->one.memory, op->one.length);
  sd_forget(environment, op);
  sd_op_free(op);
  return fits ? NULL : sd_throw(env, "the destination has another size");
}

/* cancel(slot): a request; the operation still finishes, perhaps with success. */
napi_value sd_js_cancel(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  sd_environment *environment = begin(env, info, 1, arguments);
  uint32_t slot;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  if (slot < environment->slots && environment->in_flight[slot] != NULL) SD_STORE(&environment->in_flight[slot]->cancelled, 1);
  return NULL;
}
