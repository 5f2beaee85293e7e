/* A native addon in one file: a function that makes its greeting with a function of the C library. */
#include <node_api.h>
#include <stdio.h>

static napi_value hello(napi_env env, napi_callback_info info) {
  char greeting[32];
  napi_value result = NULL;
  (void)info;
  int length = snprintf(greeting, sizeof greeting, "%s %s!", "Hello", "World");
  napi_create_string_utf8(env, greeting, (size_t)length, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function = NULL;
  napi_create_function(env, "hello", NAPI_AUTO_LENGTH, hello, NULL, &function);
  return function;
}
