/* SPDX-License-Identifier: MIT */
/*
 * D3D11's adapters and CUDA's devices, each by its own API, then the walk over all import paths
 * on the device where they meet.
 */
#include "doctor/examine.h"

#include "demo/rig.h"
#include "demo/walk.h"

#include <isthmus/isthmus.h>
#include <string.h>

#define UUID_TEXT 37u
#define LUID_TEXT 18u

static void write_uuid(const struct cudaDeviceProp *cuda, char out[UUID_TEXT])
{
    for (size_t i = 0; i < sizeof(cuda->uuid.bytes); i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        out += sprintf(out, "%s%02x", dash ? "-" : "", (unsigned char)cuda->uuid.bytes[i]);
    }
}

/* CUDA shows the bytes of the struct that D3D11 has. */
static void write_luid(const void *bytes, char out[LUID_TEXT])
{
    LUID luid;
    memcpy(&luid, bytes, sizeof(luid));
    snprintf(out, LUID_TEXT, "%08x-%08x", (unsigned)luid.HighPart, (unsigned)luid.LowPart);
}

/* Adapter names are plain ASCII; anything else is shown as a question mark. */
static void add_adapter(struct findings *f, unsigned number, const DXGI_ADAPTER_DESC1 *desc)
{
    char name[ARRAY_LENGTH(desc->Description) + 1] = "";
    char luid[LUID_TEXT];
    for (size_t i = 0; i < ARRAY_LENGTH(desc->Description) && desc->Description[i]; i++)
        name[i] = desc->Description[i] < 128 ? (char)desc->Description[i] : '?';
    write_luid(&desc->AdapterLuid, luid);
    findings_add(f, FINDING_OK, "d3d11", "adapter %u: %s, LUID %s", number, name, luid);
    findings_fact(f, "name", "%s", name);
    findings_fact(f, "luid", "%s", luid);
}

static void examine_d3d11(struct findings *f)
{
    IDXGIFactory1 *factory = NULL;
    IDXGIAdapter1 *adapter = NULL;
    unsigned count = 0;
    if (SUCCEEDED(CreateDXGIFactory1(&IID_IDXGIFactory1, (void **)&factory))) {
        while (SUCCEEDED(IDXGIFactory1_EnumAdapters1(factory, count, &adapter))) {
            DXGI_ADAPTER_DESC1 desc;
            if (SUCCEEDED(IDXGIAdapter1_GetDesc1(adapter, &desc)))
                add_adapter(f, count, &desc);
            IDXGIAdapter1_Release(adapter);
            count++;
        }
        IDXGIFactory1_Release(factory);
    }
    if (count == 0) {
        findings_add(f, FINDING_FAIL, "d3d11", "D3D11 has no adapter: %s", ist_explain());
        findings_advise(f, "see ISTHMUS_DEVICE; unset it");
    }
}

static void add_device(struct findings *f, int number, const struct cudaDeviceProp *cuda)
{
    char uuid[UUID_TEXT], luid[LUID_TEXT];
    write_uuid(cuda, uuid);
    write_luid(cuda->luid, luid);
    findings_add(f, FINDING_OK, "cuda", "device %d: %s, LUID %s, UUID %s", number, cuda->name,
                 luid, uuid);
    findings_fact(f, "name", "%s", cuda->name);
    findings_fact(f, "luid", "%s", luid);
    findings_fact(f, "uuid", "%s", uuid);
}

static void examine_cuda(struct findings *f)
{
    int count = 0;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess || count == 0) {
        findings_add(f, FINDING_FAIL, "cuda", "CUDA has no device: %s: %s",
                     cudaGetErrorName(error), ist_explain());
        findings_advise(f, "see ISTHMUS_DEVICE and CUDA_VISIBLE_DEVICES; unset them");
        return;
    }
    for (int i = 0; i < count; i++) {
        struct cudaDeviceProp cuda;
        if (cudaGetDeviceProperties(&cuda, i) == cudaSuccess)
            add_device(f, i, &cuda);
    }
}

/* What the rows of one kind say together. */
struct tally {
    unsigned rows;
    char ways[128];
};

static void count_row(void *user, const struct walk_row *row)
{
    struct tally *t = user;
    size_t used = strlen(t->ways);
    t->rows++;
    if (!strstr(t->ways, row->way))
        snprintf(t->ways + used, sizeof(t->ways) - used, "%s%s", used ? ", " : "", row->way);
}

/* A kind that fails does not keep the others from being tried. */
static void examine_kind(struct findings *f, struct rig *rig, const char *kind,
                         bool (*walk)(struct rig *, const struct walk_listener *))
{
    struct tally t = {.rows = 0};
    struct walk_listener listener = {count_row, &t};
    bool ok = walk(rig, &listener);
    if (ok)
        findings_add(f, FINDING_OK, kind, "%u import paths work, by %s", t.rows, t.ways);
    else
        findings_add(f, FINDING_FAIL, kind,
                     "%u import paths work, the next one does not; the "
                     "reason is on standard error",
                     t.rows);
    if (!ok)
        findings_advise(f, "isthmus conformance shows which cases differ");
    findings_fact(f, "paths", "%u", t.rows);
    findings_fact(f, "ways", "%s", t.ways);
}

static void examine_paths(struct findings *f, struct rig *rig)
{
    examine_kind(f, rig, "memory", walk_memory);
    examine_kind(f, rig, "fences", walk_fences);
    examine_kind(f, rig, "mutexes", walk_keyed_mutexes);
}

void examine_sides(struct findings *f)
{
    struct rig rig = {0};
    char luid[LUID_TEXT];
    examine_d3d11(f);
    examine_cuda(f);
    if (!rig_open(&rig)) {
        findings_add(f, FINDING_FAIL, "device",
                     "D3D11 and CUDA do not meet on one device; "
                     "the reason is on standard error");
        return;
    }
    write_luid(&rig.luid, luid);
    findings_add(f, FINDING_OK, "device", "D3D11 and CUDA meet on %s", luid);
    examine_paths(f, &rig);
    rig_close(&rig);
}
