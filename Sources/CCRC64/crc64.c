#include "ccrc64.h"

#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#define HAVE_CLMUL 1
#include <immintrin.h>
#endif

/* ---- Tables: eight bytes a step (slicing-by-8) ---- */

#define POLY_REFLECTED UINT64_C(0x95ac9329ac4bc9b5)

/* table[k][b] is the checksum of byte b followed by k zero bytes. */
static uint64_t table[8][256];

static int best_level;

static uint64_t load_le64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  v = __builtin_bswap64(v);
#endif
  return v;
}

static uint64_t update_tables(uint64_t crc, const uint8_t *p, size_t n) {
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t v = crc ^ load_le64(p);
    crc = table[7][v & 0xff] ^ table[6][v >> 8 & 0xff] ^ table[5][v >> 16 & 0xff] ^
          table[4][v >> 24 & 0xff] ^ table[3][v >> 32 & 0xff] ^ table[2][v >> 40 & 0xff] ^
          table[1][v >> 48 & 0xff] ^ table[0][v >> 56];
  }
  for (; n > 0; n--) crc = table[0][(crc ^ *p++) & 0xff] ^ crc >> 8;
  return crc;
}

/* ---- Carry-less multiplication: fold the message onto itself, then finish by table ---- */

#ifdef HAVE_CLMUL

#define CLMUL __attribute__((target("pclmul,sse4.1")))
#define WIDE __attribute__((target("pclmul,sse4.1,avx512f,vpclmulqdq")))

CLMUL static inline __m128i load128(const uint8_t *p) {
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}

CLMUL static inline __m128i pair128(uint64_t lo, uint64_t hi) {
  return _mm_set_epi64x((long long)hi, (long long)lo);
}

/* x moved forward by the distance of k, plus the data that stands there. */
CLMUL static inline __m128i fold128(__m128i x, __m128i k, __m128i data) {
  __m128i lo = _mm_clmulepi64_si128(x, k, 0x00);
  __m128i hi = _mm_clmulepi64_si128(x, k, 0x11);
  return _mm_xor_si128(_mm_xor_si128(lo, hi), data);
}

/* Folds x over the whole 16-byte blocks of what is left. The 16 bytes that remain have, from state
 * 0, the checksum of all that was folded into them, so tables finish them: no Barrett reduction. */
CLMUL static uint64_t finish128(__m128i x, const uint8_t *p, size_t n) {
  const __m128i k = pair128(CCRC64_FOLD128_LO, CCRC64_FOLD128_HI);
  for (; n >= 16; n -= 16, p += 16) x = fold128(x, k, load128(p));
  uint8_t last[16];
  _mm_storeu_si128((__m128i *)(void *)last, x);
  return update_tables(update_tables(0, last, 16), p, n);
}

/* Eight chains of 128 bits hide the latency of the multiplier. */
CLMUL static uint64_t update_clmul(uint64_t crc, const uint8_t *p, size_t n) {
  if (n < 32) return update_tables(crc, p, n);
  const __m128i start = pair128(crc, 0);
  if (n < 256) return finish128(_mm_xor_si128(load128(p), start), p + 16, n - 16);

  __m128i x[8];
  for (int i = 0; i < 8; i++) x[i] = load128(p + 16 * i);
  x[0] = _mm_xor_si128(x[0], start);
  p += 128;
  n -= 128;
  const __m128i k = pair128(CCRC64_FOLD1024_LO, CCRC64_FOLD1024_HI);
  for (; n >= 128; n -= 128, p += 128) {
    for (int i = 0; i < 8; i++) x[i] = fold128(x[i], k, load128(p + 16 * i));
  }
  const __m128i near = pair128(CCRC64_FOLD128_LO, CCRC64_FOLD128_HI);
  for (int i = 1; i < 8; i++) x[i] = fold128(x[i - 1], near, x[i]);
  return finish128(x[7], p, n);
}

WIDE static inline __m512i load512(const uint8_t *p) {
  return _mm512_loadu_si512((const void *)p);
}

WIDE static inline __m512i fold512(__m512i x, __m512i k, __m512i data) {
  __m512i lo = _mm512_clmulepi64_epi128(x, k, 0x00);
  __m512i hi = _mm512_clmulepi64_epi128(x, k, 0x11);
  return _mm512_ternarylogic_epi64(lo, hi, data, 0x96); /* lo ^ hi ^ data */
}

/* Four chains of 512 bits: each 128-bit lane folds onto the lane 2048 bits further on. */
WIDE static uint64_t update_wide(uint64_t crc, const uint8_t *p, size_t n) {
  if (n < 1024) return update_clmul(crc, p, n);
  const __m512i k = _mm512_broadcast_i32x4(pair128(CCRC64_FOLD2048_LO, CCRC64_FOLD2048_HI));
  __m512i a = load512(p), b = load512(p + 64), c = load512(p + 128), d = load512(p + 192);
  a = _mm512_xor_si512(a, _mm512_zextsi128_si512(pair128(crc, 0)));
  p += 256;
  n -= 256;
  for (; n >= 256; n -= 256, p += 256) {
    a = fold512(a, k, load512(p));
    b = fold512(b, k, load512(p + 64));
    c = fold512(c, k, load512(p + 128));
    d = fold512(d, k, load512(p + 192));
  }
  /* The folded state is itself a message of 256 bytes with the same checksum. */
  uint8_t folded[256];
  _mm512_storeu_si512(folded, a);
  _mm512_storeu_si512(folded + 64, b);
  _mm512_storeu_si512(folded + 128, c);
  _mm512_storeu_si512(folded + 192, d);
  return update_clmul(update_clmul(0, folded, sizeof folded), p, n);
}

#endif

/* ---- Dispatch ---- */

/* Runs when the program is loaded, before any thread exists, and takes some 10 microseconds. */
__attribute__((constructor)) static void set_up(void) {
  for (int b = 0; b < 256; b++) {
    uint64_t crc = (uint64_t)b;
    for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? POLY_REFLECTED : 0);
    table[0][b] = crc;
  }
  for (int k = 1; k < 8; k++) {
    for (int b = 0; b < 256; b++) {
      uint64_t crc = table[k - 1][b];
      table[k][b] = table[0][crc & 0xff] ^ crc >> 8;
    }
  }
#ifdef HAVE_CLMUL
  __builtin_cpu_init();
  if (__builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
    best_level = 1;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")) best_level = 2;
  }
#endif
}

int ccrc64_level(void) { return best_level; }

uint64_t ccrc64_update_at(int level, uint64_t crc, const void *p, size_t n) {
#ifdef HAVE_CLMUL
  if (level > best_level) level = best_level;
  if (level >= 2) return update_wide(crc, p, n);
  if (level == 1) return update_clmul(crc, p, n);
#else
  (void)level;
#endif
  return update_tables(crc, p, n);
}

uint64_t ccrc64_update(uint64_t crc, const void *p, size_t n) {
  return ccrc64_update_at(best_level, crc, p, n);
}
