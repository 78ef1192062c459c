/* SPDX-License-Identifier: MIT */
/* Writes Markdown to standard output. The samples are kept in the order in which they came. */
#include "document.h"

#include <isthmus/isthmus.h>

#include <cuda_runtime_api.h>
#include <stdio.h>
#include <string.h>

#define MAX_SAMPLES 40
#define MAX_TEXT 640

struct sample {
    const char *function, *why;
    char text[96], reason[MAX_TEXT];
    int64_t code;
    bool hresult;
};

static struct sample samples[MAX_SAMPLES];
static unsigned sample_count;

/*
 * Numbers of handles differ from run to run: a global one becomes 0x40000042, an NT handle
 * 0x44, a handle of CUDA's 0x1c75..., so that the text can be compared.
 */
static void copy_reason(char *to, size_t size, const char *from)
{
    char *end = to + size - 1;
    while (*from && to < end) {
        unsigned long long value;
        int used = 0;
        if (strncmp(from, "handle 0x", 9) == 0 &&
            sscanf(from + 7, "%llx%n", &value, &used) == 1) {
            const char *stand_in = value >> 48   ? "0x1c75..."
                                   : value >> 30 ? "0x40000042"
                                                 : "0x44";
            to += snprintf(to, (size_t)(end - to) + 1, "handle %s", stand_in);
            from += 7 + used;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

void document_add(const char *function, const char *text, const char *why, int64_t code,
                  bool hresult, const char *reason)
{
    if (sample_count == MAX_SAMPLES)
        return;
    struct sample *s = &samples[sample_count++];
    *s = (struct sample){.function = function, .why = why, .code = code, .hresult = hresult};
    snprintf(s->text, sizeof(s->text), "%s", text);
    copy_reason(s->reason, sizeof(s->reason), reason);
}

static const struct {
    uint32_t code;
    const char *name;
} hresults[] = {
    {0x00000000, "S_OK"},
    {0x00000080, "WAIT_ABANDONED"},
    {0x00000102, "WAIT_TIMEOUT"},
    {0x80004001, "E_NOTIMPL"},
    {0x80004002, "E_NOINTERFACE"},
    {0x80004003, "E_POINTER"},
    {0x80004005, "E_FAIL"},
    {0x80070002, "file not found"},
    {0x80070005, "E_ACCESSDENIED"},
    {0x8007000e, "E_OUTOFMEMORY"},
    {0x80070057, "E_INVALIDARG"},
    {0x887a0001, "DXGI_ERROR_INVALID_CALL"},
    {0x887a0004, "DXGI_ERROR_UNSUPPORTED"},
    {0x887a0005, "DXGI_ERROR_DEVICE_REMOVED"},
    {0x887a000a, "DXGI_ERROR_WAS_STILL_DRAWING"},
    {0x887a0022, "DXGI_ERROR_NOT_CURRENTLY_AVAILABLE"},
    {0x887a002c, "DXGI_ERROR_NAME_ALREADY_EXISTS"},
};

static const char *hresult_name(uint32_t code)
{
    for (unsigned i = 0; i < sizeof(hresults) / sizeof(hresults[0]); i++)
        if (hresults[i].code == code)
            return hresults[i].name;
    return "";
}

static void print_row(const char *name, const char *meaning, uint32_t hresult, int cuda,
                      uint32_t win32)
{
    printf("| `%s` | %s | 0x%08X %s | %d %s | ", name, meaning, (unsigned)hresult,
           hresult_name(hresult), cuda, cudaGetErrorName((cudaError_t)cuda));
    if (cuda == cudaErrorInvalidChannelDescriptor)
        printf("- | %u |\n", (unsigned)win32);
    else
        printf("%d | %u |\n", cuda, (unsigned)win32);
}

static void print_table(void)
{
    printf("| status | meaning | HRESULT | cudaError_t | CUresult | Win32 |\n");
    printf("|---|---|---|---|---|---|\n");
#define IST_STATUS(name, text, hresult, cuda, win32) \
    print_row(#name, text, hresult, cuda, win32);
#include <isthmus/status.def>
#undef IST_STATUS
}

static void print_sample(const struct sample *s)
{
    printf("**`%s`, %s** (%s) answers ", s->function, s->text, s->why);
    if (!s->hresult)
        printf("%d `%s`:\n", (int)s->code, cudaGetErrorName((cudaError_t)s->code));
    else if ((uint32_t)s->code < 0x80)
        printf("FALSE, last error %u:\n", (unsigned)s->code);
    else
        printf("0x%08X %s:\n", (unsigned)s->code, hresult_name((uint32_t)s->code));
    printf("> %s\n\n", s->reason);
}

void document_print(void)
{
    printf("# Statuses and reasons\n\n"
           "<!-- Made by the wrong-input matrix from include/isthmus/status.def and from what "
           "it "
           "was answered:\n"
           "     build/tests/wrong_matrix --document > docs/errors.md -->\n\n"
           "Every refusal has a status. Each front answers it in its own numbers, by this one "
           "table:\n\n");
    print_table();
    printf("\nThe number says what kind of mistake it was; `ist_explain()` says which one: the "
           "field, what it held, what\n"
           "was expected, what to do. `ISTHMUS_LOG` has the same words (channel `refuse`).\n\n"
           "## %u explanations\n\n"
           "Each is what the test `wrong.matrix_13` got for this mistake. Numbers of handles "
           "differ from run to run and stand\n"
           "here as 0x40000042 (global), 0x44 (NT) and 0x1c75... (CUDA's).\n\n",
           sample_count);
    for (unsigned i = 0; i < sample_count; i++)
        print_sample(&samples[i]);
}
