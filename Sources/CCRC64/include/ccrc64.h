#ifndef CCRC64_H
#define CCRC64_H

#include <stddef.h>
#include <stdint.h>

/* CRC-64 "Jones", the checksum of RDB files and DUMP payloads.
 *
 * Polynomial P = 0xad93d23594c935a9 (x^64 implied), input and output reflected, initial value 0,
 * nothing XORed at the end. The check value of "123456789" is 0xe9c6d914c4b8d9ca. The state after a
 * piece of the input is the checksum of all bytes so far: updates chain. */

/* Multipliers that move 128 bits forward by D bits in the reflected domain. LO is the bit reversal
 * of x^(D+63) mod P and HI of x^(D-1) mod P: a carry-less product of two reflected words comes out
 * shifted by one bit, hence the -1. They stand here so that a test can recompute them. */
#define CCRC64_FOLD128_LO 0xd9d7be7d505da32cULL
#define CCRC64_FOLD128_HI 0x381d0015c96f4444ULL
#define CCRC64_FOLD1024_LO 0xcc26fa7c57f8054cULL
#define CCRC64_FOLD1024_HI 0x768361524d29ed0bULL
#define CCRC64_FOLD2048_LO 0x9a8908341a6d6d52ULL
#define CCRC64_FOLD2048_HI 0x9471a5389095fe44ULL

/* The checksum of what `crc` covers followed by the `n` bytes at `p`, by the fastest path that this
 * processor has. `p` may be null when `n` is 0, and needs no alignment. */
uint64_t ccrc64_update(uint64_t crc, const void *p, size_t n);

/* The fastest path here: 0 tables in portable C, 1 PCLMULQDQ, 2 VPCLMULQDQ with AVX-512. */
int ccrc64_level(void);

/* The same by the path `level`, or by the best one below it where the processor lacks it. */
uint64_t ccrc64_update_at(int level, uint64_t crc, const void *p, size_t n);

#endif
