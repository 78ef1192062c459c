/* SPDX-License-Identifier: MIT */
/*
 * What a case of the conformance suite is written with. One CASE for each given/when/then row
 * of the list of cases, named by its number. Case files use only Microsoft's and NVIDIA's names
 * and what is declared here, so that the same source runs on Linux and on Windows; what no
 * public call shows is asked through probe.h.
 *
 *     CASE(B6, kmt_number_is_stable, P, "GetSharedHandle twice gives the same value")
 *     {
 *         struct rig rig;
 *         rig_open(&rig);
 *         ...
 *         EXPECT_HR(IDXGIResource_GetSharedHandle(dxgi, &again), S_OK);
 *         EXPECT_EQ(again, first);
 *         rig_close(&rig);
 *     }
 *
 * EXPECT_... records what differed and goes on; it answers whether all was as expected.
 * REQUIRE_... leaves the case at once, for what makes the rest meaningless. Both may be used by
 * any thread of a case; in another thread than the case's own REQUIRE_... only records.
 */
#ifndef ISTHMUS_CONFORMANCE_H
#define ISTHMUS_CONFORMANCE_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#ifdef _WIN32
/* Windows' own headers define some status codes twice unless told not to. */
#define WIN32_NO_STATUS
#include <windows.h>
#undef WIN32_NO_STATUS
#endif
#include <windows.h>
#include <winternl.h>
#include <ntstatus.h>
#include <d3d11_4.h>
#include <dxgi1_6.h>
#include <cuda_runtime_api.h>
#include <cuda.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Windows' printf() has a dialect of its own; mingw offers C's. */
#ifdef __MINGW32__
#define CONF_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#else
#define CONF_PRINTF(text, first) __attribute__((format(printf, text, first)))
#endif

struct conf_case {
    const char *id;    /* "E8" */
    const char *name;  /* "E8_owner_destroyed_gives_abandoned" */
    char mark[8];      /* "T", or "D+P" where a row says so */
    const char *title; /* one sentence */
    const char *file;
    void (*run)(void);
    struct conf_case *next;
};

void conf_register(struct conf_case *self);

/*
 * Defines a case and registers it before main() runs. `mark` is as in the list: T tested on
 * Windows (or measured on NVIDIA's driver), D documented, G the CUDA guide, P our choice; or
 * two of them, as in T+P.
 */
#define CASE(number, words, mark, title)                                                     \
    static void conf_run_##number##_##words(void);                                           \
    __attribute__((constructor)) static void conf_add_##number##_##words(void)               \
    {                                                                                        \
        static struct conf_case self = {#number,  #number "_" #words,          #mark, title, \
                                        __FILE__, conf_run_##number##_##words, NULL};        \
        conf_register(&self);                                                                \
    }                                                                                        \
    static void conf_run_##number##_##words(void)

/* ---- What a case says about itself ---- */

/* Ends the case: it is not possible here. */
#define SKIP(reason) conf_skip(reason)
/* Ends the case on Windows, for cases that ask probe.h what no public call shows. */
#define NEEDS_PROBE() conf_needs_probe()
/* Ends the case where there is no CUDA (on Windows: no NVIDIA driver, no runtime DLL). */
#define NEEDS_CUDA() conf_needs_cuda()
/* Ends the case where Isthmus runs on a GPU, for what its streams cannot do. */
#define NOT_ON_GPU(reason) conf_not_on_gpu(reason)
/* Our implementation is known to fail this case; passing all the same is a failure then. */
#define KNOWN_GAP(gap) conf_known_gap(gap)
/* Why our answer is not Windows' here. Recorded and shown; the case goes on. */
#define DIFFERS(reason) conf_differs(reason)
/* What every difference recorded from here on begins with, as in CONTEXT("format %u", f). */
#define CONTEXT(...) conf_context(__VA_ARGS__)

void conf_skip(const char *reason);
void conf_needs_probe(void);
void conf_needs_cuda(void);
void conf_not_on_gpu(const char *reason);
void conf_known_gap(const char *gap);
void conf_differs(const char *reason);
void conf_context(const char *format, ...) CONF_PRINTF(1, 2);

/* ---- Expectations ---- */

struct conf_where {
    const char *file;
    int line;
    bool required;
};

/* Kinds of numbers, by which codes get their names. */
enum conf_kind { CONF_NUMBER, CONF_HRESULT, CONF_CUDA, CONF_CU, CONF_WIN32, CONF_NTSTATUS };

bool conf_check(struct conf_where at, bool ok, const char *text);
bool conf_check_eq(struct conf_where at, enum conf_kind kind, const char *text, uint64_t found,
                   uint64_t wanted, size_t width);
bool conf_check_bytes(struct conf_where at, const char *text, const void *found,
                      const void *wanted, size_t size);
/* A difference in words, for what no macro below expresses. */
void conf_fail(struct conf_where at, const char *format, ...) CONF_PRINTF(2, 3);

#define CONF_WANT ((struct conf_where){__FILE__, __LINE__, false})
#define CONF_NEED ((struct conf_where){__FILE__, __LINE__, true})

#define CONF_EQ(at, kind, text, found, wanted)                           \
    conf_check_eq(at, kind, text, (uint64_t)(found), (uint64_t)(wanted), \
                  sizeof(found) > sizeof(wanted) ? sizeof(found) : sizeof(wanted))
/* Codes have 32 bits, whatever the literal's type. */
#define CONF_CODE(at, kind, text, call, wanted) \
    conf_check_eq(at, kind, text, (uint32_t)(call), (uint32_t)(wanted), 4)

#define EXPECT_TRUE(cond) conf_check(CONF_WANT, (cond) ? true : false, #cond)
/* Integers, enums, pointers and handles, as == would compare them; the found value first. */
#define EXPECT_EQ(found, wanted) CONF_EQ(CONF_WANT, CONF_NUMBER, #found, found, wanted)
#define EXPECT_BYTES(found, wanted, size) \
    conf_check_bytes(CONF_WANT, #found, (found), (wanted), (size))
#define EXPECT_HR(call, wanted) CONF_CODE(CONF_WANT, CONF_HRESULT, #call, call, wanted)
#define EXPECT_CUDA(call, wanted) CONF_CODE(CONF_WANT, CONF_CUDA, #call, call, wanted)
#define EXPECT_CU(call, wanted) CONF_CODE(CONF_WANT, CONF_CU, #call, call, wanted)
/* The thread's last error, straight after the call that sets it. */
#define EXPECT_LAST_ERROR(wanted) \
    CONF_CODE(CONF_WANT, CONF_WIN32, "GetLastError()", GetLastError(), wanted)
#define EXPECT_NTSTATUS(call, wanted) CONF_CODE(CONF_WANT, CONF_NTSTATUS, #call, call, wanted)

#define REQUIRE_TRUE(cond) conf_check(CONF_NEED, (cond) ? true : false, #cond)
#define REQUIRE_EQ(found, wanted) CONF_EQ(CONF_NEED, CONF_NUMBER, #found, found, wanted)
#define REQUIRE_HR(call, wanted) CONF_CODE(CONF_NEED, CONF_HRESULT, #call, call, wanted)
#define REQUIRE_CUDA(call, wanted) CONF_CODE(CONF_NEED, CONF_CUDA, #call, call, wanted)
#define REQUIRE_CU(call, wanted) CONF_CODE(CONF_NEED, CONF_CU, #call, call, wanted)

#include "rig.h"
#include "peer.h"

#endif
