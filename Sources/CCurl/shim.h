#pragma once
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

// Variadic in C, so invisible to Swift: one wrapper for each type of argument.

static inline CURLcode ccurl_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_setopt_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_setopt_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the bytes before this returns.
static inline CURLcode ccurl_setopt_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

/// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which have one signature.
typedef size_t (*ccurl_receive)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode ccurl_setopt_receive(CURL *handle, CURLoption option, ccurl_receive function) {
    return curl_easy_setopt(handle, option, function);
}

static inline long ccurl_getinfo_long(CURL *handle, CURLINFO information) {
    long value = 0;
    curl_easy_getinfo(handle, information, &value);
    return value;
}

/// Owned by the handle, valid until its next transfer; NULL if there is none.
static inline const char *ccurl_getinfo_string(CURL *handle, CURLINFO information) {
    char *value = NULL;
    curl_easy_getinfo(handle, information, &value);
    return value;
}

/// The leaf certificate of the connection as PEM, if it was made by this transfer: owned by the handle, else NULL.
static inline const char *ccurl_getinfo_leaf_certificate(CURL *handle) {
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL || chain->num_of_certs < 1)
        return NULL;
    for (struct curl_slist *item = chain->certinfo[0]; item != NULL; item = item->next) {
        if (item->data[0] == 'C' && item->data[1] == 'e' && item->data[2] == 'r' && item->data[3] == 't' &&
            item->data[4] == ':')
            return item->data + 5;
    }
    return NULL;
}

static inline size_t ccurl_writefunc_pause(void) {
    return CURL_WRITEFUNC_PAUSE;
}
