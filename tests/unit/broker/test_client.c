/* SPDX-License-Identifier: MIT */
/* The process's client: its children after fork, its threads, and what its calls cost. */
#include "rig.h"

#include "base/futex.h"
#include "broker/client.h"

#include <pthread.h>
#include <sys/socket.h>

static int use_in_child(void *arg)
{
    uint32_t *number = arg;
    struct parcel found;
    struct remote_name name = rig_name("Lfork");
    WANT(remote_find_number(*number, &found) == IST_OK);
    parcel_close(&found);
    WANT(remote_find_name(&name, &found) == IST_OK);
    parcel_close(&found);
    return 0;
}

static int idle_child(void *arg)
{
    char byte;
    WANT(rig_get(*(int *)arg, &byte, 1));
    return 0;
}

/*
 * A client that forks twice: one child uses the library, the other one never does. That one
 * tells its number itself: until it has run it holds its parent's files.
 */
static int forker(void *arg)
{
    struct rig_wire *wire = arg;
    uint32_t number;
    char byte;
    struct parcel *p = rig_hold(rig_parcel());
    struct remote_name name = rig_name("Lfork");
    WANT(remote_publish(p, &number) == IST_OK);
    WANT(remote_bind(&name, p, 0) == IST_OK);
    WANT(rig_join(rig_child(use_in_child, &number)) == 0);
    fflush(NULL);
    if (test_fork() == 0) {
        pid_t idle = getpid();
        rig_put(wire->to_test[1], &idle, sizeof(idle));
        _exit(idle_child(&wire->to_child[0]));
    }
    WANT(rig_get(wire->to_child[0], &byte, 1));
    remote_drop_name("Lfork", p->id);
    return 0;
}

static int name_is_free(void *arg)
{
    (void)arg;
    struct parcel found;
    struct remote_name name = rig_name("Lfork");
    enum ist_status status = remote_find_name(&name, &found);
    WANT(status == IST_NOT_FOUND || status == IST_NO_BROKER);
    return 0;
}

TEST(a_child_that_never_uses_the_library_hides_no_death)
{
    SKIP_UNLESS_PROCESSES();
    struct rig_folder folder = rig_folder_new();
    struct rig_wire wire = rig_wire_new();
    pid_t idle, parent = rig_child(forker, &wire);
    CHECK(rig_get(wire.to_test[0], &idle, sizeof(idle)));
    CHECK_EQ(kill(parent, SIGKILL), 0);
    CHECK_EQ(rig_join(parent), 1000 + SIGKILL);
    CHECK_EQ(rig_join(rig_child(name_is_free, NULL)), 0);
    rig_put(wire.to_child[1], "x", 1);
    while (kill(idle, 0) == 0 && waitpid(idle, NULL, WNOHANG) == 0)
        rig_nap(2);
    rig_wire_end(&wire);
    rig_folder_end(&folder);
}

static int adopt_and_stay(void *arg)
{
    struct rig_wire *wire = arg;
    struct parcel found;
    struct remote_name kept = rig_name("Lkept"), passing = rig_name("Lpassing");
    char byte;
    WANT(remote_hold_name("Lkept", rig_held[0].id) == IST_OK);
    remote_names_adopted();
    rig_put(wire->to_test[1], "x", 1);
    WANT(rig_get(wire->to_child[0], &byte, 1)); /* the parent has dropped both */
    WANT(remote_find_name(&kept, &found) == IST_OK);
    parcel_close(&found);
    WANT(remote_find_name(&passing, &found) == IST_NOT_FOUND);
    remote_drop_name("Lkept", rig_held[0].id);
    WANT(remote_find_name(&kept, &found) == IST_NOT_FOUND);
    return 0;
}

static int fork_with_names(void *arg)
{
    struct rig_wire *wire = arg;
    char byte;
    struct parcel *p = rig_hold(rig_parcel());
    struct remote_name kept = rig_name("Lkept"), passing = rig_name("Lpassing");
    WANT(remote_bind(&kept, p, 0) == IST_OK);
    WANT(remote_bind(&passing, p, 0) == IST_OK);
    pid_t child = rig_child(adopt_and_stay, wire);
    WANT(rig_get(wire->to_test[0], &byte, 1));
    remote_drop_name("Lkept", p->id);
    remote_drop_name("Lpassing", p->id);
    rig_put(wire->to_child[1], "x", 1);
    WANT(rig_join(child) == 0);
    return 0;
}

/* A hold that a thread of the parent was just taking is nobody's in the child. */
TEST(a_child_holds_the_names_that_it_asks_for_and_no_other)
{
    SKIP_UNLESS_PROCESSES();
    struct rig_folder folder = rig_folder_new();
    struct rig_wire wire = rig_wire_new();
    CHECK_EQ(rig_join(rig_child(fork_with_names, &wire)), 0);
    rig_wire_end(&wire);
    rig_folder_end(&folder);
}

static void *publish_and_bind(void *arg)
{
    unsigned thread = *(unsigned *)arg;
    char key[32];
    for (unsigned i = 0; i < 50; i++) {
        struct parcel p = rig_parcel(), found = rig_parcel();
        uint32_t number;
        snprintf(key, sizeof(key), "Lthread-%u-%u", thread, i);
        struct remote_name name = rig_name(key);
        rig_drop(&found);
        if (remote_publish(&p, &number) != IST_OK || remote_bind(&name, &p, 0) != IST_OK ||
            remote_find_number(number, &found) != IST_OK || !rig_same(&p, &found))
            return strdup("publish, bind or find failed");
        parcel_close(&found);
        remote_drop_name(key, p.id);
        if (remote_find_name(&name, &found) != IST_NOT_FOUND)
            return strdup("the name is still there");
        rig_drop(&p);
    }
    return NULL;
}

static int threads(void *arg)
{
    (void)arg;
    pthread_t thread[4];
    unsigned index[4];
    for (unsigned i = 0; i < 4; i++) {
        index[i] = i;
        WANT(pthread_create(&thread[i], NULL, publish_and_bind, &index[i]) == 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        if (wrong)
            fprintf(stderr, "  thread %u: %s\n", i, (char *)wrong);
        WANT(!wrong);
    }
    return 0;
}

TEST(threads_share_the_one_connection)
{
    struct rig_folder folder = rig_folder_new();
    setenv("ISTHMUS_LOG", "off", 1);
    CHECK_EQ(rig_join(rig_child(threads, NULL)), 0);
    rig_folder_end(&folder);
}

#define ROUNDS 1000

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double median_us(int64_t *ns)
{
    qsort(ns, ROUNDS, sizeof(*ns), compare);
    return (double)ns[ROUNDS / 2] / 1e3;
}

/* The floor: a request without meaning, and four fds back, in one process's two sockets. */
static int echo(void *arg)
{
    int sock = *(int *)arg, fds[PARCEL_FDS];
    struct wire_message *m = malloc(sizeof(*m));
    struct parcel p = rig_parcel();
    const char *why;
    while (channel_receive(sock, m, fds, 0, &why) == CHANNEL_OK) {
        wire_start(m, WIRE_IS_PARCEL);
        channel_put_parcel(&m->parcel, &p);
        channel_send(sock, m, p.fd, 0);
    }
    free(m);
    return 0;
}

static double raw_round_trip(void)
{
    static int64_t ns[ROUNDS];
    int pair[2], fds[PARCEL_FDS];
    struct wire_message m;
    const char *why;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return 0;
    pid_t child = test_fork();
    if (child == 0) {
        close(pair[0]);
        _exit(echo(&pair[1]));
    }
    close(pair[1]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        int64_t before = clock_now_ns();
        wire_start(&m, WIRE_FIND_NUMBER);
        channel_send(pair[0], &m, NULL, 0);
        channel_receive(pair[0], &m, fds, 0, &why);
        channel_close_fds(fds);
        ns[i] = clock_now_ns() - before;
    }
    close(pair[0]);
    rig_join(child);
    return median_us(ns);
}

static long broker_pss_kib(const struct rig_folder *folder)
{
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", rig_broker(folder));
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Pss: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static int measure(void *arg)
{
    const struct rig_folder *folder = arg;
    static int64_t by_number[ROUNDS], by_name[ROUNDS];
    static struct parcel many[1000];
    struct parcel p = rig_parcel(), found;
    struct remote_name name = rig_name("Lmeasured");
    uint32_t number;
    WANT(remote_publish(&p, &number) == IST_OK && remote_bind(&name, &p, 0) == IST_OK);
    for (unsigned i = 0; i < ROUNDS; i++) {
        int64_t start = clock_now_ns();
        WANT(remote_find_number(number, &found) == IST_OK);
        parcel_close(&found);
        by_number[i] = clock_now_ns() - start;
        start = clock_now_ns();
        WANT(remote_find_name(&name, &found) == IST_OK);
        parcel_close(&found);
        by_name[i] = clock_now_ns() - start;
    }
    long before = broker_pss_kib(folder);
    for (unsigned i = 0; i < 1000; i++) {
        many[i] = rig_parcel();
        WANT(remote_publish(&many[i], &number) == IST_OK);
        rig_held_count = 0;
    }
    long after = broker_pss_kib(folder);
    printf("  found by number %.1f us, by name %.1f us; raw round trip with 4 fds %.1f us\n"
           "  broker: %ld KiB, 1000 objects more: %ld KiB\n",
           median_us(by_number), median_us(by_name), raw_round_trip(), before, after - before);
    fflush(stdout);
    return 0;
}

/* Figures for the reader; only that all calls work is checked. */
TEST(what_it_costs)
{
    struct rig_folder folder = rig_folder_new();
    CHECK_EQ(rig_join(rig_child(measure, &folder)), 0);
    rig_folder_end(&folder);
}
