/* SPDX-License-Identifier: MIT */
/*
 * Twenty-one scenarios, and in each of them the n-th allocation, mmap, memfd, message, process,
 * thread, pipe or write fails, for every n, in the client, and then in the broker: the answer
 * must be right and have a reason, nothing may be left in either, and the same thing must
 * succeed afterwards. At last the broker is killed at every step. This process uses the library
 * itself, as actors do; where a scenario needs a second process, that is an actor.
 */
#include "multiprocess/puppet.h"

#include "control.h"
#include "multiprocess/lock_holder.h"
#include "test.h"

#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define N_MAX 500

static void (*arm)(enum fault_kind kind, long n);
static int (*disarm)(void);
static struct answer answer;
static struct actor *peer;
static struct fault_control *broker; /* what fails there */
static bool broker_is_armed;

static const char *const kind_words[FAULT_KINDS] = {"allocation",     "mmap",    "memfd_create",
                                                    "sendmsg",        "recvmsg", "spawn",
                                                    "pthread_create", "pipe",    "write"};

static int be_fresh(enum fault_kind kind, long n);

/* Once more, with the library in front. */
__attribute__((constructor)) static void preload(int argc, char **argv)
{
    *(void **)&arm = dlsym(RTLD_DEFAULT, "fault_arm");
    *(void **)&disarm = dlsym(RTLD_DEFAULT, "fault_disarm");
    if (arm && argc == 4 && strcmp(argv[1], "--fresh") == 0)
        exit(be_fresh((enum fault_kind)atoi(argv[2]), atol(argv[3])));
    if (arm || (argc > 1 && strcmp(argv[1], "--actor") == 0) || getenv("LD_PRELOAD"))
        return;
    setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
    execv("/proc/self/exe", argv);
}

/* The first code that is not 0 ends the scenario. */
#define DO(what, ...)                                                              \
    do {                                                                           \
        struct order order_ = {.op = DO_##what, __VA_ARGS__};                      \
        uint32_t code_ = op_##what(&puppet.things[order_.slot], &order_, &answer); \
        if (code_)                                                                 \
            return code_;                                                          \
    } while (0)

/* ---- Scenarios ---- */

static uint32_t device(void)
{
    ID3D11Device *made = NULL;
    ID3D11DeviceContext *context = NULL;
    HRESULT hr = D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                   D3D11_SDK_VERSION, &made, NULL, &context);
    if (context)
        ID3D11DeviceContext_Release(context);
    if (made)
        ID3D11Device_Release(made);
    return (uint32_t)hr;
}

static uint32_t plain_buffer(void)
{
    DO(make_buffer, .a = 0, .b = 1);
    DO(write, .a = 2);
    DO(read, .a = 2);
    return 0;
}

static uint32_t shared_buffer(void)
{
    DO(make_buffer, .a = SHARED, .b = 1);
    DO(read, .a = 1);
    return 0;
}

static uint32_t keyed_buffer(void)
{
    DO(make_buffer, .a = KEYED, .b = 1);
    DO(acquire, .a = 0, .b = 100);
    DO(read, .a = 1);
    DO(release, .a = 1);
    DO(acquire, .a = 1, .b = 100);
    DO(release, .a = 0);
    return 0;
}

static uint32_t nt_handle(void)
{
    DO(make_buffer, .a = SHARED | NT, .b = 1);
    DO(nt_handle);
    DO(open_nt, .slot = 1, .a = answer.value);
    DO(read, .slot = 1, .a = 1);
    return 0;
}

static uint32_t duplicated(void)
{
    DO(make_buffer, .a = SHARED | NT, .b = 1);
    DO(nt_handle);
    DO(duplicate, .a = answer.value);
    DO(open_nt, .slot = 1, .a = answer.value);
    return 0;
}

static uint32_t named(void)
{
    DO(make_buffer, .a = SHARED | NT, .b = 1);
    DO(nt_handle, .name = "fault");
    DO(open_name, .slot = 1, .name = "fault");
    DO(read, .slot = 1, .a = 1);
    return 0;
}

static uint32_t numbered(void)
{
    DO(make_buffer, .a = SHARED, .b = 1);
    DO(kmt);
    DO(open_kmt, .slot = 1, .a = answer.value);
    DO(read, .slot = 1, .a = 1);
    return 0;
}

static uint32_t fence(void)
{
    DO(make_fence, .a = 1);
    DO(fence_handle);
    DO(open_fence, .slot = 1, .a = answer.value);
    DO(signal, .a = 2);
    DO(host_wait, .slot = 1, .a = 2);
    return 0;
}

static uint32_t named_fence(void)
{
    DO(make_fence, .a = 1);
    DO(fence_handle, .name = "fault-fence");
    DO(cu_fence, .slot = 1, .name = "fault-fence");
    return 0;
}

static uint32_t cuda_memory(void)
{
    DO(make_buffer, .a = SHARED | NT, .b = 1);
    DO(nt_handle);
    DO(cu_memory, .a = answer.value);
    DO(cu_read, .a = 1);
    DO(cu_write, .a = 2);
    DO(cu_sync);
    DO(read, .a = 2);
    return 0;
}

static uint32_t cuda_number(void)
{
    DO(make_buffer, .a = KEYED, .b = 1);
    DO(kmt);
    uint64_t number = answer.value;
    DO(cu_memory, .b = number);
    DO(cu_mutex, .b = number);
    DO(cu_acquire, .a = 0, .b = 100);
    DO(cu_read, .a = 1);
    DO(cu_release, .a = 1);
    DO(acquire, .a = 1, .b = 100);
    DO(release, .a = 0);
    return 0;
}

static uint32_t cuda_fence(void)
{
    DO(make_fence, .a = 0);
    DO(fence_handle);
    DO(cu_fence, .a = answer.value);
    DO(cu_signal, .a = 1);
    DO(host_wait, .a = 1);
    DO(signal, .a = 2);
    DO(cu_wait, .a = 2);
    DO(cu_sync);
    return 0;
}

/* Work that stands in line: what cannot be queued must not hang what could. */
static uint32_t queued(void)
{
    DO(make_fence, .a = 0);
    DO(make_buffer, .slot = 1, .a = SHARED | NT, .b = 1);
    DO(fence_handle);
    DO(cu_fence, .a = answer.value);
    DO(nt_handle, .slot = 1);
    DO(cu_memory, .slot = 1, .a = answer.value);
    DO(context_wait, .a = 1);
    DO(write, .slot = 1, .a = 3);
    DO(signal, .a = 2);
    DO(cu_write, .slot = 1, .a = 2);
    DO(cu_signal, .a = 1);
    DO(cu_wait, .a = 2);
    DO(cu_read, .slot = 1, .a = 3);
    return 0;
}

static uint32_t event(void)
{
    DO(make_fence, .a = 0);
    HANDLE waits = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!waits)
        return win32_code(false);
    HRESULT hr = ID3D11Fence_SetEventOnCompletion(puppet.things[0].fence, 1, waits);
    if (hr == S_OK)
        hr = ID3D11DeviceContext4_Signal(puppet.context, puppet.things[0].fence, 1);
    if (hr == S_OK && WaitForSingleObject(waits, 10000) != WAIT_OBJECT_0)
        hr = (HRESULT)WRONG_BYTE;
    CloseHandle(waits);
    return (uint32_t)hr;
}

static uint32_t fds(void)
{
    DO(make_buffer, .a = KEYED | NT, .b = 1);
    DO(nt_handle);
    int bare[IST_HANDLE_FDS];
    unsigned count = 0;
    void *handle = NULL;
    enum ist_status status =
        ist_handle_export_fds((void *)(uintptr_t)answer.value, bare, &count);
    if (status == IST_OK)
        status = ist_handle_import_fds(bare, count, &handle);
    keep_handle(handle);
    return (uint32_t)status;
}

/* ---- With a second process ---- */

/* What the peer does is not what fails, unless the broker that it asks does. */
#define PEER(what, ...)                                                 \
    do {                                                                \
        uint32_t code_ = ASK(peer, what, __VA_ARGS__);                  \
        if (code_) {                                                    \
            snprintf(peer_why, sizeof(peer_why), "%s", peer->last.why); \
            return broker_is_armed ? code_ : 0x9ee00000u;               \
        }                                                               \
    } while (0)

static char peer_why[256]; /* of a refusal that only the peer knows the reason of */

static uint32_t opens_the_peers_number(void)
{
    PEER(make_buffer, .a = KEYED, .b = 5);
    PEER(kmt);
    uint64_t number = peer->last.value;
    DO(open_kmt, .a = number);
    DO(cu_memory, .slot = 1, .b = number);
    DO(acquire, .a = 0, .b = 1000);
    DO(read, .a = 5);
    DO(release, .a = 0);
    return 0;
}

static uint32_t opens_the_peers_name(void)
{
    PEER(make_fence, .a = 5);
    PEER(fence_handle, .name = "of-the-peer");
    DO(cu_fence, .name = "of-the-peer");
    DO(cu_wait, .a = 5);
    DO(cu_sync);
    return 0;
}

static uint32_t pushes(void)
{
    DO(make_buffer, .a = SHARED | NT, .b = 6);
    DO(nt_handle);
    DO(push, .a = answer.value, .b = (uint64_t)peer->pid);
    PEER(open_nt, .a = answer.value);
    PEER(read, .a = 6);
    PEER(close, .a = answer.value);
    return 0;
}

static uint32_t pulls(void)
{
    PEER(make_buffer, .a = SHARED | NT, .b = 7);
    PEER(nt_handle, .name = "pulled");
    DO(pull, .a = peer->last.value, .b = (uint64_t)peer->pid);
    DO(open_nt, .a = answer.value);
    DO(read, .a = 7);
    return 0;
}

static uint32_t child(void)
{
    DO(make_buffer, .a = SHARED, .b = 8);
    DO(kmt);
    DO(fork_idle);
    DO(end_child);
    return 0;
}

/* ---- Running them ---- */

static const struct scenario {
    const char *name;
    uint32_t (*run)(void);
} scenarios[] = {
    {"device", device},
    {"plain buffer", plain_buffer},
    {"shared buffer", shared_buffer},
    {"keyed buffer", keyed_buffer},
    {"NT handle", nt_handle},
    {"duplicated handle", duplicated},
    {"name", named},
    {"number", numbered},
    {"fence", fence},
    {"named fence", named_fence},
    {"CUDA memory", cuda_memory},
    {"CUDA number and mutex", cuda_number},
    {"CUDA fence", cuda_fence},
    {"queued work", queued},
    {"event", event},
    {"fds", fds},
    {"number of a peer", opens_the_peers_number},
    {"name of a peer", opens_the_peers_name},
    {"push", pushes},
    {"pull", pulls},
    {"child", child},
};

enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

static void clean_up(void)
{
    struct answer ignored;
    if (puppet.child)
        op_end_child(NULL, NULL, &ignored);
    for (unsigned i = 0; i < SLOTS; i++)
        op_drop(&puppet.things[i], NULL, &ignored);
    close_handles();
    if (peer)
        ASK(peer, drop);
    if (peer)
        ASK(peer, close_all);
}

static unsigned count_fds(pid_t pid)
{
    unsigned count = 0;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

/* What a thing may answer that was short of something. */
static bool is_right(const struct scenario *s, uint32_t code)
{
    /* D3D11's copies answer nothing: one that could not be queued shows in the bytes. */
    if (s->run == queued && (code & 0xffff0000u) == WRONG_BYTE)
        return true;
    static const uint32_t right[] = {(uint32_t)E_OUTOFMEMORY,
                                     0x887a0022,
                                     0x80070008,
                                     0x800705aa,
                                     0x800706ba,
                                     0x0c0da002,
                                     0x0c0da000 | 304,
                                     IST_NO_MEMORY,
                                     IST_NO_RESOURCES,
                                     IST_NO_BROKER};
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        if (right[i] == code)
            return true;
    return false;
}

struct level {
    size_t objects;
    unsigned fds;
};

static struct level level_now(void)
{
    return (struct level){ist_report_live_objects(NULL), count_fds(getpid())};
}

/* Threads of the library let go a little later. */
static bool comes_back_to(struct level before)
{
    struct level now = level_now();
    for (unsigned i = 0; i < 4000; i++) {
        now = level_now();
        if (now.objects == before.objects && now.fds <= before.fds)
            return true;
        nap_ms(5);
    }
    printf("     %zu objects and %u fds, before %zu and %u\n", now.objects, now.fds,
           before.objects, before.fds);
    return false;
}

static const char *reason(char why[256])
{
    snprintf(why, 256, "%s", peer_why[0] ? peer_why : ist_explain());
    peer_why[0] = 0;
    return why;
}

/* True: there was an n-th call. */
static bool fail_one(const struct scenario *s, enum fault_kind kind, long n,
                     struct level before)
{
    arm(kind, n);
    uint32_t code = s->run();
    char why[256];
    reason(why);
    bool fired = disarm();
    clean_up();
    if (code && !fired)
        test_fail(TEST_HERE, "%s answers 0x%08x though nothing failed: %s", s->name, code, why);
    if (code && (!is_right(s, code) || !why[0]))
        test_fail(TEST_HERE, "%s with %s %ld failing answers 0x%08x: %s", s->name,
                  kind_words[kind], n, code, why);
    if (fired && !comes_back_to(before))
        test_fail(TEST_HERE, "%s with %s %ld failing leaves something", s->name,
                  kind_words[kind], n);
    if (fired && (code = s->run()) != 0)
        test_fail(TEST_HERE, "after %s %ld failed, %s answers 0x%08x: %s", kind_words[kind], n,
                  s->name, code, ist_explain());
    clean_up();
    return fired;
}

static void fail_all(const struct scenario *s, unsigned fired[FAULT_KINDS])
{
    for (unsigned i = 0; i < 3; i++) { /* what is made once and kept */
        CHECK_EQ(s->run(), 0);
        clean_up();
    }
    /* At rest there is the staging buffer; threads of the library let go a little later. */
    CHECK(EVENTUALLY(ist_report_live_objects(NULL) == 1));
    struct level before = level_now();
    before.fds += 2; /* a connection that was lost and made again may have grown by these */
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        for (long n = 1; n < N_MAX && fail_one(s, (enum fault_kind)kind, n, before); n++)
            fired[kind]++;
}

/* The connection, the device and the peer stay until the program ends. */
void test_warm_up(void)
{
    setenv("ISTHMUS_LOG", "off", 0);
    stage_open();
    broker = control_open("ISTHMUS_FAULT_BROKER");
    if (!puppet_open())
        abort();
    peer = actor_start();
    for (unsigned i = 0; i < SCENARIOS; i++) {
        if (scenarios[i].run() != 0)
            abort();
        clean_up();
    }
}

TEST(every_call_fails_once_in_the_client)
{
    unsigned fired[FAULT_KINDS] = {0};
    if (!arm || !disarm)
        SKIP("another library is preloaded");
    for (unsigned i = 0; i < SCENARIOS; i++)
        fail_all(&scenarios[i], fired);
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        printf("     %s: failed %u times in %u scenarios\n", kind_words[kind], fired[kind],
               (unsigned)SCENARIOS);
}

/* ---- In the broker ---- */

/* Fds and blocks of memory of the broker: what a scenario brings goes with it. */
struct broker_level {
    unsigned fds;
    long blocks;
};

static struct broker_level broker_now(void)
{
    return (struct broker_level){count_fds(broker_pid()), atomic_load(&broker->blocks)};
}

static bool broker_comes_back_to(struct broker_level before)
{
    struct broker_level now = broker_now();
    for (unsigned i = 0; i < 4000; i++) {
        now = broker_now();
        if (now.fds <= before.fds && now.blocks <= before.blocks)
            return true;
        nap_ms(5);
    }
    printf("     the broker has %u fds and %ld blocks, before %u and %ld\n", now.fds,
           now.blocks, before.fds, before.blocks);
    return false;
}

/* A look-up that cannot ask is a miss; so is one whose object's owner is not back yet. Whoever
 * is asked for a handle may lose its connection over the question. */
static bool is_right_of_broker(const struct scenario *s, uint32_t code)
{
    return is_right(s, code) || code == 0x80070002 || code == 0x80070057 ||
           (s->run == pulls && code == 0x80070102);
}

/* True: there was an n-th call. */
static bool fail_in_broker(const struct scenario *s, unsigned counter, long n, bool deadly)
{
    const char *word = counter < FAULT_KINDS ? kind_words[counter] : "step";
    char why[256];
    broker_is_armed = true;
    control_arm(broker, counter, n, deadly);
    uint32_t code = s->run();
    reason(why);
    bool fired = control_disarm(broker);
    clean_up();
    if (code && (!fired || !is_right_of_broker(s, code) || !why[0]))
        test_fail(TEST_HERE, "%s with %s %ld %s in the broker answers 0x%08x: %s", s->name,
                  word, n, deadly ? "its last" : "failing", code, why);
    broker_is_armed = false;
    if (fired && (code = s->run()) != 0)
        test_fail(TEST_HERE, "after %s %ld in the broker, %s answers 0x%08x: %s", word, n,
                  s->name, code, reason(why));
    clean_up();
    return fired;
}

/* Kills it; its successor serves, and is brought to rest. */
static struct broker_level next_broker(const struct scenario *s)
{
    pid_t killed = broker_pid();
    CHECK_EQ(kill(killed, SIGKILL), 0);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(s->run(), 0);
        clean_up();
    }
    CHECK(broker_pid() != killed);
    CHECK(EVENTUALLY(broker_objects() == 0));
    return broker_now();
}

static void fail_all_in_broker(const struct scenario *s, unsigned fired[FAULT_KINDS])
{
    for (unsigned i = 0; i < 3; i++) { /* what is made once and kept */
        CHECK_EQ(s->run(), 0);
        clean_up();
    }
    CHECK(EVENTUALLY(ist_report_live_objects(NULL) == 1));
    CHECK(EVENTUALLY(broker_objects() == 0));
    struct level before = level_now();
    struct broker_level there = broker_now();
    before.fds += 2; /* a connection that was lost and made again may have grown by these */
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        for (long n = 1; n < N_MAX && fail_in_broker(s, kind, n, false); n++) {
            fired[kind]++;
            if (kind == FAULT_WRITE) /* it goes on without a journal: the next one has one */
                there = next_broker(s);
            if (!broker_comes_back_to(there) || !comes_back_to(before))
                test_fail(TEST_HERE, "%s with %s %ld failing in the broker leaves something",
                          s->name, kind_words[kind], n);
        }
}

TEST(every_call_fails_once_in_the_broker)
{
    unsigned fired[FAULT_KINDS] = {0};
    if (!arm || !disarm)
        SKIP("another library is preloaded");
    for (unsigned i = 0; i < SCENARIOS; i++)
        fail_all_in_broker(&scenarios[i], fired);
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        printf("     the broker's %s: failed %u times in %u scenarios\n", kind_words[kind],
               fired[kind], (unsigned)SCENARIOS);
}

/* Between any two of its calls: nothing is lost, nothing is left, nobody is told a lie. */
TEST(the_broker_is_killed_at_every_step)
{
    unsigned kills = 0;
    if (!arm || !disarm)
        SKIP("another library is preloaded");
    for (unsigned i = 0; i < SCENARIOS; i++) {
        CHECK(EVENTUALLY(ist_report_live_objects(NULL) == 1));
        struct level before = level_now();
        before.fds += 2;
        for (long n = 1; n < N_MAX && fail_in_broker(&scenarios[i], FAULT_STEP, n, true); n++) {
            kills++;
            if (!comes_back_to(before) || !EVENTUALLY(broker_objects() == 0))
                test_fail(TEST_HERE, "%s with the broker killed at step %ld leaves something",
                          scenarios[i].name, n);
        }
    }
    printf("     the broker was killed at %u steps of %u scenarios\n", kills,
           (unsigned)SCENARIOS);
    CHECK(kills > 0);
}

/* ---- The first use: what is made once in a process, and the start of the broker ---- */

enum { NOT_REACHED = 10, WRONG_CODE, NO_REASON, NOT_AGAIN, LEFT_BEHIND };

static uint32_t all_of_it(void)
{
    static uint32_t (*const parts[])(void) = {numbered, named, cuda_fence, queued};
    uint32_t code = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !code; i++) {
        code = parts[i]();
        clean_up();
    }
    return code;
}

/* The bytes of void calls (see is_right) and misses for want of a broker are right here,
 * too. */
static bool is_right_at_first(uint32_t code)
{
    return (code & 0xffff0000u) == WRONG_BYTE || code == 0x80070002 || code == 0x80070057 ||
           is_right(&scenarios[0], code);
}

/* In a process of its own. */
static int be_fresh(enum fault_kind kind, long n)
{
    alarm(50);
    arm(kind, n);
    bool open = puppet_open();
    uint32_t code = open ? all_of_it() : (uint32_t)E_OUTOFMEMORY;
    const char *why = ist_explain();
    bool reason = why[0];
    bool fired = disarm();
    if (!fired)
        return code ? WRONG_CODE : NOT_REACHED;
    if (code && !is_right_at_first(code))
        printf("     0x%08x: %s\n", code, why);
    if (code && !is_right_at_first(code))
        return WRONG_CODE;
    if (code && !reason)
        return NO_REASON;
    if (!open && !puppet_open())
        return NOT_AGAIN;
    if ((code = all_of_it()) != 0)
        printf("     then 0x%08x: %s\n", code, ist_explain());
    if (code)
        return NOT_AGAIN;
    if (!open) /* half of it may be open twice now */
        return 0;
    puppet_close();
    if (EVENTUALLY(!ist_report_live_objects(NULL)))
        return 0;
    ist_report_live_objects(stderr);
    return LEFT_BEHIND;
}

static int run_fresh(unsigned kind, long n)
{
    char words[2][24], folder[96]; /* each starts a broker of its own */
    int status;
    snprintf(folder, sizeof(folder), "%s/fresh-%u-%ld", stage_folder(), kind, n);
    snprintf(words[0], sizeof(words[0]), "%u", kind);
    snprintf(words[1], sizeof(words[1]), "%ld", n);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setenv("ISTHMUS_RUNTIME_DIR", folder, 1);
        setenv("ISTHMUS_BROKER_IDLE_MS", "10", 1);
        execl("/proc/self/exe", "fresh", "--fresh", words[0], words[1], (char *)NULL);
        _exit(127);
    }
    bool ended = waitpid(pid, &status, 0) == pid && WIFEXITED(status);
    if (!EVENTUALLY(!lock_holder(folder)))
        ended = false;
    folder_remove(folder);
    return ended ? WEXITSTATUS(status) : 1;
}

TEST(every_call_of_the_first_use_fails_once)
{
    if (!arm || !disarm)
        SKIP("another library is preloaded");
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        long n = 1;
        int end = 0;
        while (n < N_MAX && (end = run_fresh(kind, n)) == 0)
            n++;
        printf("     %s: failed at %ld places of a process' first use\n", kind_words[kind],
               n - 1);
        if (end != NOT_REACHED)
            test_fail(TEST_HERE, "%s %ld failing in a new process: %d", kind_words[kind], n,
                      end);
    }
}
