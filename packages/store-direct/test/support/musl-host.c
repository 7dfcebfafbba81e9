/* A process without glibc: loads the binding with musl's dlopen, plays just enough of Node-API to start the engine and
 * read one file through it, and compares the bytes. Usage: musl-host <binding> <file of 7s> */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAPI_VERSION 8
#include <node_api.h>

struct napi_value__ {
  napi_valuetype type;
  double number;
  const char *text;
  void *data;
  size_t length;
};
typedef struct napi_value__ value;

static value *new_value(value content) {
  value *made = malloc(sizeof *made);
  *made = content;
  return made;
}
static napi_value number(double n) { return new_value((value){.type = napi_number, .number = n}); }
static napi_value bytes(void *data, size_t length) {
  return new_value((value){.type = napi_object, .data = data, .length = length});
}

static struct {
  const char *name;
  napi_callback function;
} exported[32];
static size_t exported_count;
static napi_value call_arguments[16];
static size_t call_count;
static void *instance;
static napi_threadsafe_function_call_js deliver;
static void *deliver_context;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static int calls_waiting;
static void (*cleanup)(void *);
static void *cleanup_argument;
static int completions;
static value *delivered;

#define STUB(name, ...) napi_status name(__VA_ARGS__)
STUB(napi_create_function, napi_env e, const char *n, size_t l, napi_callback c, void *d, napi_value *r) {
  exported[exported_count].name = n;
  exported[exported_count++].function = c;
  *r = number(0);
  return napi_ok;
}
STUB(napi_set_named_property, napi_env e, napi_value o, const char *n, napi_value v) { return napi_ok; }
STUB(napi_get_cb_info, napi_env e, napi_callback_info i, size_t *c, napi_value *a, napi_value *t, void **d) {
  for (size_t at = 0; at < *c && at < call_count; at++) a[at] = call_arguments[at];
  *c = call_count;
  return napi_ok;
}
STUB(napi_get_instance_data, napi_env e, void **d) { *d = instance; return napi_ok; }
STUB(napi_set_instance_data, napi_env e, void *d, napi_finalize f, void *h) { instance = d; return napi_ok; }
STUB(napi_get_typedarray_info, napi_env e, napi_value v, napi_typedarray_type *t, size_t *l, void **d, napi_value *b, size_t *o) {
  if (t) *t = v->text ? napi_uint8_array : napi_float64_array;
  if (l) *l = v->text ? v->length : v->length / sizeof(double);
  if (d) *d = v->data;
  if (b) *b = v;
  if (o) *o = 0;
  return napi_ok;
}
STUB(napi_get_value_double, napi_env e, napi_value v, double *r) { *r = v->number; return v->type == napi_number ? napi_ok : napi_number_expected; }
STUB(napi_get_value_uint32, napi_env e, napi_value v, uint32_t *r) { *r = (uint32_t)v->number; return v->type == napi_number ? napi_ok : napi_number_expected; }
STUB(napi_get_value_int32, napi_env e, napi_value v, int32_t *r) { *r = (int32_t)v->number; return v->type == napi_number ? napi_ok : napi_number_expected; }
STUB(napi_get_value_string_utf8, napi_env e, napi_value v, char *b, size_t s, size_t *r) {
  *r = strlen(v->text);
  if (b) memcpy(b, v->text, *r + 1);
  return napi_ok;
}
STUB(napi_typeof, napi_env e, napi_value v, napi_valuetype *r) { *r = v->type; return napi_ok; }
STUB(napi_create_reference, napi_env e, napi_value v, uint32_t c, napi_ref *r) { *r = (napi_ref)v; return napi_ok; }
STUB(napi_get_reference_value, napi_env e, napi_ref f, napi_value *r) { *r = (napi_value)f; return napi_ok; }
STUB(napi_create_arraybuffer, napi_env e, size_t l, void **d, napi_value *r) { *d = calloc(1, l + 1); *r = bytes(*d, l); return napi_ok; }
STUB(napi_create_buffer, napi_env e, size_t l, void **d, napi_value *r) { *d = calloc(1, l + 1); *r = bytes(*d, l); return napi_ok; }
STUB(napi_create_external_arraybuffer, napi_env e, void *d, size_t l, napi_finalize f, void *h, napi_value *r) { *r = bytes(d, l); return napi_ok; }
STUB(napi_detach_arraybuffer, napi_env e, napi_value v) { return napi_generic_failure; }
STUB(napi_create_string_utf8, napi_env e, const char *s, size_t l, napi_value *r) { *r = number(0); return napi_ok; }
STUB(napi_create_array, napi_env e, napi_value *r) { *r = number(0); return napi_ok; }
STUB(napi_create_array_with_length, napi_env e, size_t l, napi_value *r) { *r = number(0); return napi_ok; }
STUB(napi_create_object, napi_env e, napi_value *r) { *r = number(0); return napi_ok; }
STUB(napi_create_double, napi_env e, double d, napi_value *r) { *r = number(d); return napi_ok; }
STUB(napi_create_uint32, napi_env e, uint32_t d, napi_value *r) { *r = number(d); return napi_ok; }
STUB(napi_get_undefined, napi_env e, napi_value *r) { *r = new_value((value){.type = napi_undefined}); return napi_ok; }
STUB(napi_set_element, napi_env e, napi_value o, uint32_t i, napi_value v) { delivered = v; return napi_ok; }
STUB(napi_call_function, napi_env e, napi_value t, napi_value f, size_t c, const napi_value *a, napi_value *r) { completions += (int)a[0]->number; return napi_ok; }
STUB(napi_throw_error, napi_env e, const char *c, const char *m) { fprintf(stderr, "thrown: %s\n", m); exit(3); }
STUB(napi_get_and_clear_last_exception, napi_env e, napi_value *r) { return napi_generic_failure; }
STUB(napi_fatal_exception, napi_env e, napi_value v) { return napi_ok; }
STUB(napi_add_env_cleanup_hook, napi_env e, void (*f)(void *), void *a) { cleanup = f; cleanup_argument = a; return napi_ok; }
STUB(napi_create_threadsafe_function, napi_env e, napi_value f, napi_value r, napi_value n, size_t q, size_t t, void *fd, napi_finalize fc, void *c, napi_threadsafe_function_call_js j, napi_threadsafe_function *out) {
  deliver = j;
  deliver_context = c;
  *out = (napi_threadsafe_function)c;
  return napi_ok;
}
STUB(napi_call_threadsafe_function, napi_threadsafe_function f, void *d, napi_threadsafe_function_call_mode m) {
  pthread_mutex_lock(&lock);
  calls_waiting++;
  pthread_cond_signal(&wake);
  pthread_mutex_unlock(&lock);
  return napi_ok;
}
STUB(napi_ref_threadsafe_function, napi_env e, napi_threadsafe_function f) { return napi_ok; }
STUB(napi_unref_threadsafe_function, napi_env e, napi_threadsafe_function f) { return napi_ok; }

static napi_value call(const char *name, size_t count, ...) {
  for (size_t i = 0; i < exported_count; i++)
    if (strcmp(exported[i].name, name) == 0) {
      call_count = count;
      return exported[i].function((napi_env)&exported, NULL);
    }
  fprintf(stderr, "no function %s\n", name);
  exit(3);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  void *library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  napi_value (*init)(napi_env, napi_value) = (napi_value(*)(napi_env, napi_value))dlsym(library, "napi_register_module_v1");
  init((napi_env)&exported, number(0));
  static double config[32];
  size_t fields = 0;
  char *end = getenv("STOWAGE_ENGINE_CONFIG");
  while (end != NULL && *end != 0 && fields < sizeof config / sizeof *config) config[fields++] = strtod(end, &end);
  call_arguments[0] = bytes(config, fields * sizeof *config);
  call_arguments[1] = number(0);
  napi_value table = call("start", 2);
  const double read[] = {0, -1, 0, 0, 1, 4096, 0, 9007199254740991.0};
  for (size_t i = 0; i < 8; i++) call_arguments[i] = number(read[i]);
  call_arguments[2] = new_value((value){.type = napi_string, .text = argv[2]});
  call_arguments[8] = new_value((value){.type = napi_undefined});
  /* slot, descriptor, path, rootLength, flags, defaultAlignment, offset, length, destination */
  call("read", 9);
  pthread_mutex_lock(&lock);
  while (calls_waiting == 0) pthread_cond_wait(&wake, &lock);
  pthread_mutex_unlock(&lock);
  deliver((napi_env)&exported, NULL, deliver_context, NULL);
  const double *record = table->data;
  bool right = completions == 1 && record[1] == 0 && delivered != NULL && delivered->length > 0;
  for (size_t i = 0; right && i < delivered->length; i++) right = ((unsigned char *)delivered->data)[i] == 7;
  printf("%s: %zu bytes, errno %d\n", right ? "read" : "wrong", delivered == NULL ? 0 : delivered->length, (int)record[1]);
  cleanup(cleanup_argument);
  return right ? 0 : 1;
}
