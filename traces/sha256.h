/* SHA-256 (FIPS 180-4): says which image a capture belongs to, in the form that sha256sum prints. */
#ifndef AIE_TRACES_SHA256_H
#define AIE_TRACES_SHA256_H

#include <stddef.h>

enum { AIE_SHA256_TEXT = 65 };

/* 64 lower-case hexadecimal digits and a zero. */
void aie_sha256(const void *data, size_t size, char text[AIE_SHA256_TEXT]);

#endif
