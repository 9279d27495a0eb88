// Preloaded into a program: is OpenSSL still there in its last moment? Threads may be in it as long as the process is.
//
// Registered before main begins, so this one runs after every exit handler that main and what it calls have registered.
// Where OpenSSL has torn itself down, the call crashes or fails (99); 98 says that there is no OpenSSL.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

typedef void *fetch_function(void *library, const char *name, const char *properties);

static void last_moment(void) {
    fetch_function *fetch = (fetch_function *)dlsym(RTLD_DEFAULT, "EVP_MD_fetch");
    if (fetch == NULL) _exit(98);
    if (fetch(NULL, "SHA256", NULL) == NULL) _exit(99);
}

__attribute__((constructor)) static void begin(void) { atexit(last_moment); }
