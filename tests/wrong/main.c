/* SPDX-License-Identifier: MIT */
/*
 * The wrong-input matrix: every mistake of mistakes.c and every pair of pairs.c, through every
 * API that has the call. Each must answer its exact code, leave the out parameter as documented
 * and everything else as it was, and tell the reason.
 *
 *     matrix [--list] [--document]
 *
 * --list prints every combination with its reason; --document prints docs/errors.md. Exit 1 if
 * a combination differs. With ISTHMUS_STRICT=1 the codes of strict mode are expected.
 */
#include "document.h"
#include "pairs.h"
#include "world.h"

#include "core/status.h"
#include "core/strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POISON ((void *)(uintptr_t)0x5ca1ab1e5ca1ab1e)

static const char *const api_names[APIS] = {
    "runtime", "runtime _ptsz", "runtime short", "runtime short _ptsz",
    "driver",  "driver _ptsz",  "D3D11",
};

static const char *const function_names[FUNCTIONS] = {
    [IMPORT_MEMORY] = "cudaImportExternalMemory",
    [MAP_BUFFER] = "cudaExternalMemoryGetMappedBuffer",
    [MAP_ARRAY] = "cudaExternalMemoryGetMappedMipmappedArray",
    [DESTROY_MEMORY] = "cudaDestroyExternalMemory",
    [IMPORT_SEMAPHORE] = "cudaImportExternalSemaphore",
    [SIGNAL] = "cudaSignalExternalSemaphoresAsync",
    [WAIT] = "cudaWaitExternalSemaphoresAsync",
    [DESTROY_SEMAPHORE] = "cudaDestroyExternalSemaphore",
    [CREATE_TEXTURE] = "ID3D11Device::CreateTexture2D",
    [QUERY_MUTEX] = "QueryInterface(IDXGIKeyedMutex)",
    [GET_SHARED_HANDLE] = "IDXGIResource::GetSharedHandle",
    [CREATE_SHARED_HANDLE] = "IDXGIResource1::CreateSharedHandle",
    [OPEN_RESOURCE] = "ID3D11Device::OpenSharedResource",
    [OPEN_RESOURCE1] = "ID3D11Device1::OpenSharedResource1",
    [OPEN_BY_NAME] = "ID3D11Device1::OpenSharedResourceByName",
    [CREATE_FENCE] = "ID3D11Device5::CreateFence",
    [FENCE_HANDLE] = "ID3D11Fence::CreateSharedHandle",
    [OPEN_FENCE] = "ID3D11Device5::OpenSharedFence",
    [SET_EVENT] = "ID3D11Fence::SetEventOnCompletion",
    [CONTEXT_SIGNAL] = "ID3D11DeviceContext4::Signal",
    [CONTEXT_WAIT] = "ID3D11DeviceContext4::Wait",
    [ACQUIRE] = "IDXGIKeyedMutex::AcquireSync",
    [RELEASE] = "IDXGIKeyedMutex::ReleaseSync",
    [CLOSE] = "CloseHandle",
    [DUPLICATE] = "DuplicateHandle",
};

/* One combination, and what became of it. */
struct attempt {
    const struct call *call;
    enum api api;
    const char *text, *word;
    int64_t wanted, found;
    void *out;
    struct count before, after;
    const char *differs; /* NULL: as expected */
};

static struct {
    unsigned tried, right, refused, by_api[APIS];
    bool list;
    bool document; /* samples go to document_add() */
} matrix;

/* What a failing call leaves in its out parameter: Windows' habits, where it has been seen. */
static void *out_after_failure(enum function function)
{
    switch (function) {
    case CREATE_TEXTURE:
    case QUERY_MUTEX:
    case CREATE_SHARED_HANDLE:
    case OPEN_RESOURCE:
    case OPEN_RESOURCE1:
    case OPEN_BY_NAME:
    case CREATE_FENCE:
    case FENCE_HANDLE:
    case OPEN_FENCE: return NULL;
    default: return POISON;
    }
}

static bool same_count(const struct count *a, const struct count *b)
{
    return a->fds == b->fds && a->objects == b->objects && a->held == b->held;
}

/* Codes are 32 bits wide in every API. */
static bool same_code(int64_t a, int64_t b)
{
    return (uint32_t)a == (uint32_t)b;
}

static const char *judge_refusal(const struct attempt *a)
{
    if (!a->call->no_out && a->out != out_after_failure(a->call->function))
        return "the out parameter";
    if (!*ist_explain())
        return "no reason";
    if (!strstr(ist_explain(), a->word))
        return "the reason";
    if (a->api <= RUNTIME_SHORT_PTSZ && !same_code(cudaPeekAtLastError(), a->found))
        return "cudaPeekAtLastError()";
    return NULL;
}

static const char *judge(const struct attempt *a)
{
    if (!same_code(a->found, a->wanted))
        return "the code";
    if (!same_count(&a->before, &a->after))
        return "something is left behind";
    return a->wanted ? judge_refusal(a) : NULL;
}

static void print_attempt(FILE *to, const struct attempt *a)
{
    fprintf(to, "%s (%s), %s: %lld, \"%s\"", function_names[a->call->function],
            api_names[a->api], a->text, (long long)(int32_t)a->found, ist_explain());
    if (!a->differs) {
        fputc('\n', to);
        return;
    }
    fprintf(to,
            "\n    %s: wanted %lld, \"%s\"; out %p; fds %zu -> %zu, objects %zu -> %zu, "
            "holders %u -> %u\n",
            a->differs, (long long)(int32_t)a->wanted, a->word ? a->word : "", a->out,
            a->before.fds, a->after.fds, a->before.objects, a->after.objects, a->before.held,
            a->after.held);
}

/* A worker may still be letting go when the call returns: it gets a second, a leak stays. */
static struct count settle(const struct count *before)
{
    const struct timespec nap = {0, 5 * 1000 * 1000};
    struct count now = world_count();
    for (int i = 0; i < 200 && !same_count(before, &now); i++) {
        nanosleep(&nap, NULL);
        now = world_count();
    }
    return now;
}

/* The reason is blanked first: an old one would do for a refusal that has none. */
static void attempt_run(struct attempt *a)
{
    (void)answer(IST_OK, "%s", "");
    (void)cudaGetLastError();
    a->out = POISON;
    a->before = world_count();
    a->found = call_make(a->call, a->api, &a->out);
    if (same_code(a->found, 0))
        call_undo(a->call, a->out);
    a->after = settle(&a->before);
    a->differs = judge(a);

    matrix.tried++;
    matrix.by_api[a->api]++;
    matrix.right += !a->differs;
    matrix.refused += a->wanted != 0;
    if (a->differs || matrix.list)
        print_attempt(a->differs ? stderr : stdout, a);
}

static void keep_sample(const struct attempt *a, const char *why)
{
    if (matrix.document && why && (a->api == RUNTIME || a->api == D3D))
        document_add(function_names[a->call->function], a->text, why, a->found, a->api == D3D,
                     ist_explain());
}

/* A base as it stands, or with one field changed. */
static void run_mistake(const struct mistake *m)
{
    struct call call = bases[m->base];
    memcpy((char *)&call + m->offset, &m->value, m->width);
    for (int api = 0; api < APIS; api++) {
        bool runtime = api <= RUNTIME_SHORT_PTSZ;
        int64_t code = strict_enabled() ? (runtime ? m->strict_runtime : m->strict_driver)
                                        : (runtime ? m->runtime : m->driver);
        struct attempt a = {.call = &call,
                            .api = (enum api)api,
                            .text = m->text,
                            .word = m->word,
                            .wanted = code};
        if (!api_has(a.api, call.function) || code == NEVER)
            continue;
        attempt_run(&a);
        keep_sample(&a, m->sample);
    }
}

static void run_base(const struct call *call)
{
    for (int api = 0; api < APIS; api++) {
        struct attempt a = {.call = call, .api = (enum api)api, .text = "as it should be"};
        if (api_has(a.api, call->function) && call->function != CLOSE)
            attempt_run(&a);
    }
}

static void run_pair(const struct pair *pair, void *arg)
{
    (void)arg;
    for (int api = 0; api < APIS; api++) {
        struct attempt a = {.call = &pair->call,
                            .api = (enum api)api,
                            .text = pair->text,
                            .word = pair->word,
                            .wanted = pair->code};
        if (!api_has(a.api, pair->call.function))
            continue;
        attempt_run(&a);
        keep_sample(&a, pair->sample);
    }
}

/* CUDA 13's runtime ignores what it keeps for later; strictly that is a mistake as well. */
static void run_reserved(const struct mistake *m)
{
    struct mistake runtime = *m;
    if (m->offset != offsetof(struct call, reserved) || ISTHMUS_CUDART_MAJOR < 13)
        return;
    runtime.runtime = 0;
    runtime.strict_runtime = m->strict_driver;
    runtime.driver = runtime.strict_driver = NEVER;
    run_mistake(&runtime);
}

static void log_nothing(void *user, int level, const char *channel, const char *text)
{
    (void)user, (void)level, (void)channel, (void)text;
}

static void print_summary(void)
{
    printf("%u of %u combinations answer as expected: %u mistakes, %u right calls (CUDA %d%s;",
           matrix.right, matrix.tried, matrix.refused, matrix.tried - matrix.refused,
           ISTHMUS_CUDART_MAJOR, strict_enabled() ? ", strict" : "");
    for (int api = 0; api < APIS; api++)
        if (matrix.by_api[api])
            printf(" %s %u", api_names[api], matrix.by_api[api]);
    puts(")");
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        matrix.list |= !strcmp(argv[i], "--list");
        matrix.document |= !strcmp(argv[i], "--document");
    }
    setenv("ISTHMUS_BROKER", "off", 0); /* names of two runs at a time are no mistake */
    ist_log_set_sink(log_nothing, NULL);
    world_start();
    for (unsigned i = 0; i < base_count; i++)
        run_base(&bases[i]);
    for (unsigned i = 0; i < mistake_count; i++) {
        run_mistake(&mistakes[i]);
        run_reserved(&mistakes[i]);
    }
    pairs_each(run_pair, NULL);
    bool clean = world_finish();
    if (!clean)
        fprintf(stderr, "objects are left when the world is gone\n");
    if (matrix.document)
        document_print();
    else
        print_summary();
    return clean && matrix.right == matrix.tried ? 0 : 1;
}
