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
  sd_op *op = calloc(1, sizeof *op);
  if (op == NULL) return NULL;
  op->engine = &environment->engine;
  op->kind = kind;
  op->slot = slot;
  op->segments = &op->one;
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

/* read(slot, path, flags, defaultAlignment, offset, length, mostWhole, destination | undefined) */
napi_value sd_js_read(napi_env env, napi_callback_info info) {
  napi_value arguments[8];
  sd_environment *environment = begin(env, info, 8, arguments);
  uint32_t slot;
  uint64_t room;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  sd_op *op = new_op(environment, SD_READ, slot);
  if (op == NULL) return sd_throw(env, "no such slot");
  op->phases = SD_PHASE_OPEN | SD_PHASE_TRANSFER | SD_PHASE_CLOSE;
  op->segment_count = 1;
  char *strings[1];
  if (!get_strings(env, &arguments[1], 1, strings, &op->path)) return refuse(env, op, "bad path");
  if (!get_u32(env, arguments[2], &op->flags) || !get_u32(env, arguments[3], &op->default_alignment) ||
      !get_size(env, arguments[4], &op->one.offset) || !get_size(env, arguments[5], &op->one.length) ||
      !get_size(env, arguments[6], &op->size) || !get_memory(env, arguments[7], &op->one.memory, &room))
    return refuse(env, op, "bad read");
  op->one.from_caller = op->one.memory != NULL || room > 0;
  if (op->one.from_caller && op->one.length > room) return refuse(env, op, "the destination is too small");
  return submit(environment, op);
}

/* readRanges(slot, path, flags, defaultAlignment, Float64Array of offset, length pairs) */
napi_value sd_js_read_ranges(napi_env env, napi_callback_info info) {
  napi_value arguments[5];
  sd_environment *environment = begin(env, info, 5, arguments);
  uint32_t slot;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  sd_op *op = new_op(environment, SD_READ, slot);
  if (op == NULL) return sd_throw(env, "no such slot");
  op->phases = SD_PHASE_OPEN | SD_PHASE_TRANSFER | SD_PHASE_CLOSE;
  char *strings[1];
  napi_typedarray_type type;
  size_t length;
  void *data;
  if (!get_strings(env, &arguments[1], 1, strings, &op->path)) return refuse(env, op, "bad path");
  if (!get_u32(env, arguments[2], &op->flags) || !get_u32(env, arguments[3], &op->default_alignment) ||
      napi_get_typedarray_info(env, arguments[4], &type, &length, &data, NULL, NULL) != napi_ok ||
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

/* write(slot, handle, phases, flags, defaultAlignment, parent, temp, target, size, offset, data | undefined)
 * handle 0: a new file; with the close phase the handle is gone whatever happens. */
napi_value sd_js_write(napi_env env, napi_callback_info info) {
  napi_value arguments[11];
  sd_environment *environment = begin(env, info, 11, arguments);
  uint32_t slot, handle;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  sd_op *op = new_op(environment, SD_WRITE, slot);
  if (op == NULL) return sd_throw(env, "no such slot");
  char *strings[3];
  if (!get_strings(env, &arguments[5], 3, strings, &op->path)) return refuse(env, op, "bad path");
  op->temp = strings[1];
  op->target = strings[2];
  if (!get_u32(env, arguments[1], &handle) || !get_u32(env, arguments[2], &op->phases) ||
      !get_u32(env, arguments[3], &op->flags) || !get_u32(env, arguments[4], &op->default_alignment) ||
      !get_size(env, arguments[8], &op->size) || !get_size(env, arguments[9], &op->one.offset) ||
      !get_memory(env, arguments[10], &op->one.memory, &op->one.length))
    return refuse(env, op, "bad write");
  op->segment_count = op->one.length > 0 ? 1 : 0;
  op->one.from_caller = true;
  if ((handle == 0) != ((op->phases & SD_PHASE_OPEN) != 0)) return refuse(env, op, "a file is either new or open");
  if (handle != 0) {
    op->file = op->phases & SD_PHASE_CLOSE ? sd_handle_remove(environment, handle) : sd_handle_get(environment, handle);
    if (op->file == NULL) return refuse(env, op, "no such handle");
  }
  return submit(environment, op);
}

/* probe(slot, directory, temp) */
napi_value sd_js_probe(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  sd_environment *environment = begin(env, info, 3, arguments);
  uint32_t slot;
  if (environment == NULL) return NULL;
  if (!get_u32(env, arguments[0], &slot)) return sd_throw(env, "bad slot");
  sd_op *op = new_op(environment, SD_PROBE, slot);
  if (op == NULL) return sd_throw(env, "no such slot");
  char *strings[2];
  if (!get_strings(env, &arguments[1], 2, strings, &op->path)) return refuse(env, op, "bad path");
  op->temp = strings[1];
  return submit(environment, op);
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
