/* SPDX-License-Identifier: MIT */
/*
 * D3D11's adapters and CUDA's devices, each by its own API, then the walk over all import paths
 * on each device where they meet. Which devices a process has is settled by its first call, so
 * the cpu device and the GPUs are looked at in two child processes; a driver that crashes takes
 * nothing else with it.
 */
#include "doctor/examine.h"

#include "demo/rig.h"
#include "demo/walk.h"

#include <fcntl.h>
#include <isthmus/interop.h>
#include <isthmus/isthmus.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UUID_TEXT 37u
#define LUID_TEXT 18u
#define LINE 512u

static void write_uuid(const void *bytes, char out[UUID_TEXT])
{
    for (size_t i = 0; i < 16; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        out += sprintf(out, "%s%02x", dash ? "-" : "", ((const unsigned char *)bytes)[i]);
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

/* How many there are. */
static unsigned examine_d3d11(struct findings *f)
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
    return count;
}

static void add_device(struct findings *f, int number, const char *name,
                       const struct ist_device_identity *id, const char *versions)
{
    char uuid[UUID_TEXT], luid[LUID_TEXT];
    write_uuid(id->uuid, uuid);
    write_luid(id->luid, luid);
    findings_add(f, FINDING_OK, "cuda", "device %d: %sLUID %s, UUID %s%s%s", number, name, luid,
                 uuid, *versions ? ", " : "", versions);
    findings_fact(f, "luid", "%s", luid);
    findings_fact(f, "uuid", "%s", uuid);
    if (*versions)
        findings_fact(f, "versions", "%s", versions);
}

/* By CUDA's own names, the stand-in's. */
static void examine_cuda(struct findings *f)
{
    int count = 0;
    cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess || count == 0) {
        findings_add(f, FINDING_FAIL, "cuda", "CUDA has no device: %s: %s",
                     cudaGetErrorName(error), ist_explain());
        findings_advise(f, "see CUDA_VISIBLE_DEVICES; unset it");
        return;
    }
    for (int i = 0; i < count; i++) {
        struct ist_device_identity id = IST_DEVICE_IDENTITY_INIT;
        struct cudaDeviceProp cuda;
        if (cudaGetDeviceProperties(&cuda, i) != cudaSuccess)
            continue;
        char name[sizeof(cuda.name) + 3];
        snprintf(name, sizeof(name), "%s, ", cuda.name);
        memcpy(id.uuid, cuda.uuid.bytes, sizeof(id.uuid));
        memcpy(id.luid, cuda.luid, sizeof(id.luid));
        add_device(f, i, name, &id, "");
        findings_fact(f, "name", "%s", cuda.name);
    }
}

/* By the driver's, as programs of NVIDIA's runtime reach them. */
static void examine_gpus(struct findings *f, unsigned count)
{
    struct ist_device_identity id = IST_DEVICE_IDENTITY_INIT;
    char versions[128];
    driver_versions(versions, sizeof(versions));
    for (unsigned i = 0; i < count; i++) {
        if (ist_device_identify((int)i, &id) == IST_OK) {
            add_device(f, (int)i, "", &id, versions);
            continue;
        }
        findings_add(f, FINDING_FAIL, "cuda", "CUDA has no device %u: %s", i, ist_explain());
        findings_advise(f, "see CUDA_VISIBLE_DEVICES; unset it");
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
                         enum walk_kind what)
{
    struct tally t = {.rows = 0};
    struct walk_listener listener = {count_row, &t};
    bool ok = walk(rig, what, &listener);
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
    examine_kind(f, rig, "memory", WALK_MEMORY);
    examine_kind(f, rig, "fences", WALK_FENCE);
    examine_kind(f, rig, "mutexes", WALK_MUTEX);
}

static void examine_meeting(struct findings *f, unsigned adapter)
{
    struct rig rig = {0};
    char luid[LUID_TEXT];
    if (!rig_open(adapter, &rig)) {
        findings_add(f, FINDING_FAIL, "device",
                     "D3D11 and CUDA do not meet on adapter %u; "
                     "the reason is on standard error",
                     adapter);
        return;
    }
    write_luid(&rig.luid, luid);
    findings_add(f, FINDING_OK, "device", "D3D11 and CUDA meet on %s, %s", luid, rig.adapter);
    findings_fact(f, "luid", "%s", luid);
    examine_paths(f, &rig);
    rig_close(&rig);
}

/* ---- one kind of device, in a process of its own ---- */

/* By the first call; the children's setting does not reach the parent, nor change it. */
bool device_chosen(const char *kind)
{
    static char chosen[16];
    const char *wanted = getenv("ISTHMUS_DEVICE");
    if (!*chosen)
        snprintf(chosen, sizeof(chosen), "%s", wanted && *wanted ? wanted : "cpu");
    return strcmp(chosen, kind) == 0;
}

static void examine_cpu(struct findings *f)
{
    if (examine_d3d11(f) == 0) {
        findings_add(f, FINDING_FAIL, "d3d11", "D3D11 has no adapter: %s", ist_explain());
        findings_advise(f, "install Isthmus again");
        return;
    }
    examine_cuda(f);
    examine_meeting(f, 0);
}

/* The log alone says why there is no GPU; who asks for one by name gets it as a failure. */
static void keep_line(void *user, int level, const char *channel, const char *text)
{
    char *line = user;
    (void)channel;
    if (level == 1)
        snprintf(line, LINE, "%s", text);
}

static void add_absence(struct findings *f, const char *line)
{
    bool needed = device_chosen("nvidia");
    const char *why = strstr(line, "there is none: ");
    findings_add(f, needed ? FINDING_FAIL : FINDING_OK, "gpu", "no GPU can be used: %s",
                 why ? why + strlen("there is none: ") : line);
    if (needed)
        findings_advise(f, "ISTHMUS_DEVICE asks for one: install NVIDIA's driver of CUDA 12.0 "
                           "or later, give this machine or container its GPU, or unset it");
}

static void examine_nvidia(struct findings *f)
{
    char line[LINE] = "";
    ist_log_set_sink(keep_line, line);
    unsigned count = examine_d3d11(f);
    ist_log_set_sink(NULL, NULL);
    if (count == 0) {
        add_absence(f, line);
        return;
    }
    examine_gpus(f, count);
    for (unsigned i = 0; i < count; i++)
        examine_meeting(f, i);
    examine_mps(f);
}

static void become_examiner(const char *kind, void (*examine)(struct findings *), int out)
{
    struct findings found = {0};
    setenv("ISTHMUS_DEVICE", kind, 1);
    FILE *pipe = fdopen(out, "w");
    examine(&found);
    for (size_t i = 0; i < found.count; i++) {
        struct findings one = {&found.list[i], 1};
        findings_fact(&one, "on", "%s", kind);
    }
    if (pipe) {
        findings_send(&found, pipe);
        fclose(pipe);
    }
    _exit(EXIT_OK);
}

static void add_crash(struct findings *f, const char *kind, int status)
{
    findings_add(f, FINDING_FAIL, "device", "the look at the %s device ended %s %d%s%s%s", kind,
                 WIFSIGNALED(status) ? "by signal" : "with status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                 WIFSIGNALED(status) ? " (" : "",
                 WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "",
                 WIFSIGNALED(status) ? ")" : "");
    findings_fact(f, "on", "%s", kind);
}

/* What fails on a device that programs do not get keeps none from running. */
static void soften(struct findings *f, size_t first)
{
    for (size_t i = first; i < f->count; i++)
        if (f->list[i].word == FINDING_FAIL)
            f->list[i].word = FINDING_NOTE;
}

static void examine_apart(struct findings *f, const char *kind,
                          void (*examine)(struct findings *))
{
    size_t first = f->count;
    int ends[2], status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become_examiner(kind, examine, ends[1]);
    }
    close(ends[1]);
    FILE *in = fdopen(ends[0], "r");
    if (in) {
        findings_receive(f, in);
        fclose(in);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        add_crash(f, kind, status);
    if (!device_chosen(kind))
        soften(f, first);
}

/* What programs will get, beside what there is. */
static void examine_choice(struct findings *f)
{
    if (device_chosen("cpu")) {
        findings_add(f, FINDING_OK, "choice",
                     "programs get the cpu device; ISTHMUS_DEVICE=nvidia gives them the GPU");
    } else if (device_chosen("nvidia")) {
        findings_add(f, FINDING_OK, "choice", "programs get the GPU, by ISTHMUS_DEVICE");
    } else {
        findings_add(f, FINDING_FAIL, "choice",
                     "ISTHMUS_DEVICE is '%s': there are cpu and nvidia",
                     getenv("ISTHMUS_DEVICE"));
        findings_advise(f, "unset it, or set it to one of them");
    }
}

void examine_sides(struct findings *f)
{
    examine_choice(f);
    examine_apart(f, "cpu", examine_cpu);
    examine_apart(f, "nvidia", examine_nvidia);
}
