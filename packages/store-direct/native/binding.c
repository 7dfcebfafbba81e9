/* SPDX-License-Identifier: Apache-2.0
 *
 * The module: `start` makes the environment's engine, the rest is in requests.c and deliver.c.
 * Loading it starts nothing: no thread, no ring, no memory.
 */
#include "environment.h"

napi_value sd_throw(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

static void notify(void *context) {
  sd_environment *environment = context;
  napi_call_threadsafe_function(environment->wake, NULL, napi_tsfn_nonblocking);
}

void sd_environment_free_if_unused(sd_environment *environment) {
  if (!environment->closed || environment->engine.pool.blocks > 0) return;
  sd_pool_close(&environment->engine.pool);
  free(environment);
}

/* Registered after the thread-safe function was made, so that it runs before that one's own hook. When it returns no
 * thread of ours runs and no transfer is under way: the memory of this JavaScript thread may go. */
static void cleanup(void *argument) {
  sd_environment *environment = argument;
  sd_engine_stop(&environment->engine);
  free(environment->in_flight);
  environment->closed = true;
  sd_environment_free_if_unused(environment);
}

/* The numbers of `start`, in this order; native.ts mirrors it. */
enum {
  CONFIG_CHUNK_BYTES = 0, CONFIG_CHUNK_DEPTH, CONFIG_ALLOCATE_BYTES, CONFIG_INLINE_COPY_BYTES, CONFIG_THREADS,
  CONFIG_RING_ENTRIES, CONFIG_RING_BATCH, CONFIG_SLAB_BYTES, CONFIG_KEEP_BYTES, CONFIG_OWN_COPY_BYTES, CONFIG_RECORDS,
  CONFIG_THREAD_READ_BYTES, CONFIG_LOOK_BYTES, CONFIG_RING_BATCH_BYTES,
  CONFIG_FIELDS
};

static bool read_config(napi_env env, napi_value value, double config[CONFIG_FIELDS]) {
  napi_typedarray_type type;
  size_t length;
  void *data;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok) return false;
  if (type != napi_float64_array || length != CONFIG_FIELDS) return false;
  memcpy(config, data, CONFIG_FIELDS * sizeof *config);
  return config[CONFIG_CHUNK_BYTES] >= 4096 && config[CONFIG_CHUNK_DEPTH] >= 1 && config[CONFIG_THREADS] >= 1 &&
         config[CONFIG_SLAB_BYTES] >= 4096 && config[CONFIG_RECORDS] >= 1 &&
         (config[CONFIG_RING_ENTRIES] == 0 || config[CONFIG_RING_ENTRIES] >= 2);
}

static napi_status make_records(napi_env env, sd_environment *environment, napi_value *buffer) {
  void *data;
  size_t size = environment->record_capacity * SD_RECORD_FIELDS * sizeof(double);
  napi_status status = napi_create_arraybuffer(env, size, &data, buffer);
  if (status == napi_ok) status = napi_create_reference(env, *buffer, 1, &environment->records_reference);
  if (status == napi_ok) environment->records = data;
  return status;
}

static napi_status connect(napi_env env, sd_environment *environment, napi_value callback, napi_value *records) {
  napi_value name;
  napi_status status = napi_create_reference(env, callback, 1, &environment->callback);
  if (status == napi_ok) status = make_records(env, environment, records);
  if (status == napi_ok) status = napi_create_string_utf8(env, "stowage:direct", NAPI_AUTO_LENGTH, &name);
  if (status == napi_ok)
    status = napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, environment, sd_deliver,
                                             &environment->wake);
  /* Idle stores do not keep the process alive; operations in flight do (see requests.c). */
  if (status == napi_ok) status = napi_unref_threadsafe_function(env, environment->wake);
  if (status == napi_ok) status = napi_add_env_cleanup_hook(env, cleanup, environment);
  if (status == napi_ok) status = napi_set_instance_data(env, environment, NULL, NULL);
  return status;
}

static napi_value start(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], records;
  double config[CONFIG_FIELDS];
  void *existing = NULL;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok) return NULL;
  if (napi_get_instance_data(env, &existing) == napi_ok && existing != NULL) return sd_throw(env, "already started");
  if (!read_config(env, arguments[0], config)) return sd_throw(env, "bad configuration");
  sd_environment *environment = calloc(1, sizeof *environment);
  if (environment == NULL) return sd_throw(env, "out of memory");
  sd_limits limits = {
      .chunk_bytes = (uint64_t)config[CONFIG_CHUNK_BYTES],
      .thread_read_bytes = (uint64_t)config[CONFIG_THREAD_READ_BYTES],
      .chunk_depth = (uint32_t)config[CONFIG_CHUNK_DEPTH],
      .allocate_bytes = (uint64_t)config[CONFIG_ALLOCATE_BYTES],
      .inline_copy_bytes = (uint64_t)config[CONFIG_INLINE_COPY_BYTES],
      .threads = (uint32_t)config[CONFIG_THREADS],
      .ring_entries = (uint32_t)config[CONFIG_RING_ENTRIES],
      .ring_batch = (uint32_t)config[CONFIG_RING_BATCH],
      .ring_batch_bytes = (uint64_t)config[CONFIG_RING_BATCH_BYTES],
  };
  environment->env = env;
  environment->own_copy_bytes = (uint64_t)config[CONFIG_OWN_COPY_BYTES];
  environment->look_bytes = (uint64_t)config[CONFIG_LOOK_BYTES];
  environment->record_capacity = (uint32_t)config[CONFIG_RECORDS];
  int error = sd_engine_open(&environment->engine, &limits, (uint64_t)config[CONFIG_SLAB_BYTES],
                             (uint64_t)config[CONFIG_KEEP_BYTES]);
  environment->engine.notify = notify;
  environment->engine.notify_context = environment;
  if (error != 0 || connect(env, environment, arguments[1], &records) != napi_ok) {
    free(environment);
    return sd_throw(env, "the engine cannot be started");
  }
  return records;
}

/* A zeroed ArrayBuffer in huge pages, for callers that bring their own memory again and again. */
static napi_value allocate(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  double bytes;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok) return NULL;
  if (napi_get_instance_data(env, &data) != napi_ok || data == NULL) return sd_throw(env, "not started");
  if (napi_get_value_double(env, argument, &bytes) != napi_ok || !(bytes >= 1)) return sd_throw(env, "bad size");
  sd_environment *environment = data;
  sd_block block;
  if (!sd_block_take(&environment->engine.pool, (uint64_t)bytes, &block)) return sd_throw(env, "out of memory");
  memset(block.address, 0, (size_t)bytes);
  napi_value buffer = sd_external_buffer(environment, &block, block.address, (uint64_t)bytes);
  if (buffer == NULL) sd_block_give(&environment->engine.pool, &block);
  return buffer;
}

/* Detaches an ArrayBuffer: its memory goes back now, and nothing can be read through it any more. */
static napi_value detach(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok) return NULL;
  if (napi_detach_arraybuffer(env, argument) != napi_ok) return sd_throw(env, "not a buffer that can be detached");
  return NULL;
}

static napi_value trim(napi_env env, napi_callback_info info) {
  void *data = NULL;
  (void)info;
  if (napi_get_instance_data(env, &data) == napi_ok && data != NULL) sd_pool_trim(&((sd_environment *)data)->engine.pool);
  return NULL;
}

static void set_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  if (napi_create_double(env, number, &value) == napi_ok) napi_set_named_property(env, object, name, value);
}

static napi_value stats(napi_env env, napi_callback_info info) {
  void *data = NULL;
  napi_value object;
  (void)info;
  if (napi_get_instance_data(env, &data) != napi_ok || data == NULL) return sd_throw(env, "not started");
  if (napi_create_object(env, &object) != napi_ok) return NULL;
  sd_environment *environment = data;
  sd_engine *engine = &environment->engine;
  set_number(env, object, "inFlight", environment->in_flight_count);
  set_number(env, object, "poolBlocks", (double)engine->pool.blocks);
  set_number(env, object, "poolBytes", (double)engine->pool.mapped_bytes);
  set_number(env, object, "poolIdleBytes", (double)engine->pool.idle_bytes);
  set_number(env, object, "threads", engine->threads.started);
  set_number(env, object, "ringState", SD_LOAD(&engine->ring_state));
  set_number(env, object, "ringError", engine->ring_error);
  return object;
}

NAPI_MODULE_INIT(/* env, exports */) {
  static const struct {
    const char *name;
    napi_callback function;
  } functions[] = {
      {"start", start},           {"read", sd_js_read},     {"readRanges", sd_js_read_ranges}, {"write", sd_js_write},
      {"probe", sd_js_probe},     {"cancel", sd_js_cancel}, {"take", sd_js_take},              {"allocate", allocate},
      {"trim", trim},             {"stats", stats},        {"detach", detach},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value value;
    const char *name = functions[i].name;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &value) != napi_ok) return NULL;
    if (napi_set_named_property(env, exports, name, value) != napi_ok) return NULL;
  }
  return exports;
}
