#pragma once
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/// A macro in C, so invisible to Swift: where a memory BIO keeps what was written to it.
static inline long copenssl_memory_bio_contents(BIO *bio, char **contents) {
    return BIO_get_mem_data(bio, contents);
}
