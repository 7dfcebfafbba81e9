/* SPDX-License-Identifier: Apache-2.0
 *
 * The Node-API side: one environment a JavaScript thread. Everything here runs on that thread, except `notify`.
 */
#ifndef STOWAGE_ENVIRONMENT_H
#define STOWAGE_ENVIRONMENT_H

#define NAPI_VERSION 8
#include <node_api.h>

#include "engine.h"

/* Fields of one record of the completion table: 8 bytes each, doubles except where noted. records.ts mirrors them. */
enum {
  SD_RECORD_SLOT = 0, SD_RECORD_ERROR, SD_RECORD_STEP, SD_RECORD_RESULTS, SD_RECORD_SIZE, SD_RECORD_BYTES, SD_RECORD_MODE,
  SD_RECORD_LINKS, SD_RECORD_MEMORY_ALIGNMENT, SD_RECORD_OFFSET_ALIGNMENT,
  SD_RECORD_INODE,       /* uint64 */
  SD_RECORD_MODIFIED_NS, /* int64 */
  SD_RECORD_DEVICE,      /* uint64 */
  SD_RECORD_REPLACED_SIZE,
  SD_RECORD_REPLACED_INODE,       /* uint64 */
  SD_RECORD_REPLACED_MODIFIED_NS, /* int64 */
  SD_RECORD_FIELDS
};

typedef struct sd_environment {
  sd_engine engine;
  napi_env env;
  napi_threadsafe_function wake;
  napi_ref callback;
  napi_ref records_reference;
  double *records;
  uint32_t record_capacity;
  uint64_t own_copy_bytes; /* results up to this size are copied into memory of V8's */
  uint64_t look_bytes;     /* V8 is made to look at its young ArrayBuffers whenever so many bytes of ours are new */
  uint64_t unseen_bytes;
  sd_op **in_flight;       /* by slot */
  uint32_t slots;
  uint32_t in_flight_count;
  bool closed;
} sd_environment;

/* Throws a JavaScript Error and returns NULL. */
napi_value sd_throw(napi_env env, const char *message);

/* Facts of an operation into the record number `index` of the completion table. */
void sd_fill_record(sd_environment *environment, uint32_t index, sd_op *op);
/* Gives the finished operations to JavaScript. The thread-safe function's call. */
void sd_deliver(napi_env env, napi_value callback, void *context, void *data);
/* An ArrayBuffer over memory of the pool, which it then owns. NULL: not allowed here, or failed. */
napi_value sd_external_buffer(sd_environment *environment, sd_block *block, char *address, uint64_t length);
/* The operation no longer counts as in flight. */
void sd_forget(sd_environment *environment, sd_op *op);
/* Once the environment is gone and no ArrayBuffer is over its memory any more. */
void sd_environment_free_if_unused(sd_environment *environment);

/* requests.c: the functions that JavaScript calls. */
napi_value sd_js_read(napi_env env, napi_callback_info info);
napi_value sd_js_read_ranges(napi_env env, napi_callback_info info);
napi_value sd_js_write(napi_env env, napi_callback_info info);
napi_value sd_js_probe(napi_env env, napi_callback_info info);
napi_value sd_js_take(napi_env env, napi_callback_info info);
napi_value sd_js_cancel(napi_env env, napi_callback_info info);

#endif
