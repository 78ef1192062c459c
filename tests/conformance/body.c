/* SPDX-License-Identifier: MIT */
/*
 * One case inside its process: runs it, and emits what it says and what differs. `current` is
 * set before the case starts; after that any thread of the case may record (`found` is atomic,
 * an event is written in one piece), the rest belongs to the case's own thread.
 */
#include "conformance.h"
#include "runner.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#define TEXT_BYTES 2048
#define CONTEXT_BYTES 256

static struct {
    jmp_buf leave; /* where a case that cannot go on leaves to */
    FILE *out;
    atomic_uint found; /* differences so far */
    bool skipped;
} current;

/* Only the case's own thread may jump; other threads have a false here. */
static _Thread_local bool is_case_thread;
static _Thread_local char context[CONTEXT_BYTES];

static void emit(const char *kind, const char *text)
{
    event_write(current.out, kind, text);
}

/* ---- What a case says about itself ---- */

void conf_skip(const char *reason)
{
    if (!is_case_thread) {
        conf_fail((struct conf_where){0}, "SKIP in another thread than the case's own: %s",
                  reason);
        return;
    }
    emit("skip", reason);
    current.skipped = true;
    longjmp(current.leave, 1);
}

void conf_needs_probe(void)
{
    if (!probe_available())
        conf_skip("asks what no public call shows; only our own implementation tells");
}

void conf_needs_cuda(void)
{
    const char *missing = probe_cuda_missing();
    if (missing)
        conf_skip(missing);
}

void conf_not_on_gpu(const char *reason)
{
    if (probe_on_gpu())
        conf_skip(reason);
}

void conf_known_gap(const char *gap)
{
    emit("gap", gap);
}

void conf_differs(const char *reason)
{
    emit("differs", reason);
}

void conf_context(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof(context), format, args);
    va_end(args);
}

/* ---- Expectations ---- */

static const char *file_name(const char *path)
{
    const char *end = path;
    for (const char *c = path; *c; c++) {
        if (*c == '/' || *c == '\\')
            end = c + 1;
    }
    return end;
}

/* `at` without a file: the runner found it, and no line of a case. */
static void record(struct conf_where at, const char *text)
{
    char place[160] = "";
    char whole[TEXT_BYTES + CONTEXT_BYTES + sizeof(place) + 8];
    if (at.file)
        snprintf(place, sizeof(place), "%s:%d: ", file_name(at.file), at.line);
    snprintf(whole, sizeof(whole), "%s%s%s%s", place, context, context[0] ? ": " : "", text);
    emit("diff", whole);
    atomic_fetch_add(&current.found, 1);
    if (at.required && is_case_thread)
        longjmp(current.leave, 1);
}

void conf_fail(struct conf_where at, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    record(at, text);
}

bool conf_check(struct conf_where at, bool ok, const char *text)
{
    if (!ok)
        conf_fail(at, "not true: %s", text);
    return ok;
}

/* "E_INVALIDARG (0x80070057)", "7 (0x7)" */
static void describe(char *out, size_t size, enum conf_kind kind, uint64_t value)
{
    const char *name = code_name(kind, value);
    if (name)
        snprintf(out, size, "%s (0x%" PRIx64 ")", name, value);
    else if (kind == CONF_CUDA || kind == CONF_CU || kind == CONF_WIN32)
        snprintf(out, size, "%" PRIu64, value);
    else if (kind == CONF_NUMBER)
        snprintf(out, size, "%" PRIu64 " (0x%" PRIx64 ")", value, value);
    else
        snprintf(out, size, "0x%08" PRIx64, value);
}

bool conf_check_eq(struct conf_where at, enum conf_kind kind, const char *text, uint64_t found,
                   uint64_t wanted, size_t width)
{
    uint64_t mask = width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
    char is[64], should[64];
    if ((found & mask) == (wanted & mask))
        return true;
    describe(is, sizeof(is), kind, found & mask);
    describe(should, sizeof(should), kind, wanted & mask);
    conf_fail(at, "%s is %s, wanted %s", text, is, should);
    return false;
}

bool conf_check_bytes(struct conf_where at, const char *text, const void *found,
                      const void *wanted, size_t size)
{
    const unsigned char *f = found;
    const unsigned char *w = wanted;
    size_t first = size;
    size_t wrong = 0;
    for (size_t i = size; i-- > 0;) {
        if (f[i] != w[i]) {
            first = i;
            wrong++;
        }
    }
    if (wrong)
        conf_fail(at, "%s: %zu of %zu bytes differ, the first at %zu: 0x%02x, wanted 0x%02x",
                  text, wrong, size, first, f[first], w[first]);
    return !wrong;
}

/* ---- Running ---- */

/* Shares a buffer by each kind of handle and by name. */
static void warm_up_sharing(ID3D11Device *device)
{
    static const UINT miscs[] = {SHARED, SHARED | NTHANDLE};
    for (size_t i = 0; i < ARRAY_LENGTH(miscs); i++) {
        D3D11_BUFFER_DESC desc = buffer_desc(16, miscs[i]);
        ID3D11Buffer *buffer = NULL;
        IDXGIResource1 *dxgi = NULL;
        HANDLE handle = NULL;
        WCHAR name[64];
        if (ID3D11Device_CreateBuffer(device, &desc, NULL, &buffer) != S_OK)
            continue;
        unique_name(name, "warm-up");
        if (ID3D11Buffer_QueryInterface(buffer, &IID_IDXGIResource1, (void **)&dxgi) == S_OK) {
            IDXGIResource1_GetSharedHandle(dxgi, &handle);
            if (IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, name, &handle) ==
                S_OK)
                CloseHandle(handle);
        }
        release(dxgi);
        release(buffer);
    }
}

/* So that what the libraries keep for good is there before anything is counted: threads,
 * connections. No device is no news here: the case will say it. */
static void warm_up(void)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *device_context = NULL;
    int devices = 0;
    if (D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                          &device, NULL, &device_context) != S_OK)
        return;
    warm_up_sharing(device);
    ID3D11DeviceContext_Flush(device_context);
    ID3D11DeviceContext_Release(device_context);
    ID3D11Device_Release(device);
    if (!probe_cuda_missing())
        cudaGetDeviceCount(&devices);
}

static bool same(struct leftovers a, struct leftovers b)
{
    return a.objects == b.objects && a.fds == b.fds && a.maps == b.maps;
}

/* A worker may still be letting go when the case ends: it gets two seconds, a leak stays. */
static void check_leftovers(struct leftovers before)
{
    struct leftovers now = leftovers_count();
    for (int i = 0; i < 400 && !same(before, now); i++) {
        sleep_ms(5);
        now = leftovers_count();
    }
    context[0] = '\0';
    if (!same(before, now))
        conf_fail((struct conf_where){0},
                  "left behind: objects %zu -> %zu, fds %zu -> %zu, mappings %zu -> %zu",
                  before.objects, now.objects, before.fds, now.fds, before.maps, now.maps);
}

bool body_run(const struct conf_case *self, FILE *out)
{
    char seconds[32];
    current.out = out;
    is_case_thread = true;
    warm_up();
    struct leftovers before = leftovers_count();
    uint64_t start = now_ms();
    if (setjmp(current.leave) == 0)
        self->run();
    peers_clear();
    snprintf(seconds, sizeof(seconds), "%.3f", (double)(now_ms() - start) / 1000.0);
    /* What a case that failed or gave up left behind is no news. */
    if (!current.skipped && !atomic_load(&current.found))
        check_leftovers(before);
    emit("end", seconds);
    return !current.skipped && !atomic_load(&current.found);
}

void body_role(void (*run)(void), FILE *out)
{
    current.out = out;
    is_case_thread = true;
    if (setjmp(current.leave) == 0)
        run();
    emit("end", "");
}

void body_machine(FILE *out)
{
    struct probe_machine m;
    probe_machine(&m);
    event_write(out, "tool", m.tool);
    event_write(out, "device", m.device);
    event_write(out, "driver", m.driver);
    event_write(out, "cuda", m.cuda);
    event_write(out, "system", m.system);
}
