/* SPDX-License-Identifier: MIT */
/* The ninth process of the storm: starts the others, kills them, and counts what is left. */
#include "storm.h"

#include "multiprocess/lock_holder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANG_S 40
#define END_S 60
#define SHMEM_TOLERANCE_KIB (128 * 1024)

struct board *board;

static struct {
    uint64_t kills, seed, seconds;
    char folder[40];
    int board_fd, pot[2];
    pid_t pids[SEATS];
    uint64_t seen[SEATS];
    double moved[SEATS]; /* when its steps last moved */
    uint64_t done, workers, brokers, stops;
    bool failed;
    struct rng rng;
} storm = {.kills = 60, .seed = 1, .seconds = 6};

uint64_t rng_next(struct rng *rng)
{
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

unsigned below(struct rng *rng, unsigned n)
{
    return (unsigned)(rng_next(rng) % n);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void nap_us(uint64_t us)
{
    struct timespec nap = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    nanosleep(&nap, NULL);
}

static void fail(const char *what, unsigned seat)
{
    fprintf(stderr, "storm: seat %u (%s): %s\n", seat,
            storm_words[atomic_load(&board->seats[seat].doing)], what);
    storm.failed = true;
}

/* ---- Workers ---- */

static void become_worker(unsigned seat, pid_t parent)
{
    char words[4][24];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    snprintf(words[0], 24, "%u", seat);
    snprintf(words[1], 24, "%d", storm.board_fd);
    snprintf(words[2], 24, "%d", storm.pot[seat & 1]);
    snprintf(words[3], 24, "%" PRIu64, rng_next(&storm.rng));
    fcntl(storm.board_fd, F_SETFD, 0);
    fcntl(storm.pot[seat & 1], F_SETFD, 0);
    execl("/proc/self/exe", "storm-worker", "--worker", words[0], words[1], words[2], words[3],
          (char *)NULL);
    _exit(127);
}

static void start_worker(unsigned seat)
{
    pid_t parent = getpid();
    rng_next(&storm.rng); /* the child takes its seed from there */
    pid_t pid = fork();
    if (pid == 0)
        become_worker(seat, parent);
    storm.pids[seat] = pid;
    storm.moved[seat] = now_s();
    atomic_store(&board->seats[seat].pid, (uint32_t)pid);
    if (pid < 0)
        fail("cannot be started", seat);
}

/* One that ended by itself has failed. */
static void watch_workers(void)
{
    for (unsigned i = 0; i < SEATS; i++) {
        int status;
        uint64_t steps = atomic_load(&board->seats[i].steps);
        if (steps != storm.seen[i])
            storm.moved[i] = now_s();
        storm.seen[i] = steps;
        if (now_s() - storm.moved[i] > HANG_S) {
            fail("hangs", i);
            storm.moved[i] = now_s();
        }
        if (waitpid(storm.pids[i], &status, WNOHANG) == storm.pids[i]) {
            char what[64];
            snprintf(what, sizeof(what), "ended by itself, status 0x%x", (unsigned)status);
            fail(what, i);
            start_worker(i);
        }
    }
}

/*
 * One that dies before it tells leaves a handle that nobody there knows, and as everywhere it
 * lives as long as that process: so the receiver goes, too.
 */
static void kill_worker(unsigned seat)
{
    int status;
    kill(storm.pids[seat], SIGKILL);
    kill(storm.pids[seat], SIGCONT);
    if (waitpid(storm.pids[seat], &status, 0) != storm.pids[seat])
        fail("is not my child", seat);
    else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail("ended before it was killed", seat);
    storm.workers++;
    storm.done++;
    uint32_t told_nothing = atomic_exchange(&board->seats[seat].pushing, 0);
    start_worker(seat);
    for (unsigned i = 0; told_nothing && i < SEATS; i++)
        if (storm.pids[i] == (pid_t)told_nothing)
            kill_worker(i);
}

static void kill_broker(bool only_stop)
{
    pid_t broker = lock_holder(storm.folder);
    if (broker <= 0)
        return;
    if (only_stop) {
        kill(broker, SIGSTOP);
        nap_us(1000 * (5 + below(&storm.rng, 80)));
        kill(broker, SIGCONT);
        storm.stops++;
        return;
    }
    kill(broker, SIGKILL);
    storm.brokers++;
    storm.done++;
}

/* Its own mutexes stay owned meanwhile; others wait, or die. */
static void stop_worker(unsigned seat)
{
    kill(storm.pids[seat], SIGSTOP);
    storm.stops++;
    nap_us(1000 * (5 + below(&storm.rng, 150)));
    if (below(&storm.rng, 2))
        kill_worker(seat);
    else
        kill(storm.pids[seat], SIGCONT);
}

static void one_blow(void)
{
    unsigned seat = below(&storm.rng, SEATS);
    switch (below(&storm.rng, 20)) {
    case 0:
    case 1: kill_broker(false); break;
    case 2: kill_broker(true); break;
    case 3:
    case 4: stop_worker(seat); break;
    default: kill_worker(seat); break;
    }
}

/* ---- The end ---- */

static void await_end(void)
{
    double deadline = now_s() + END_S;
    atomic_store(&board->stop, 1);
    for (unsigned i = 0; i < SEATS; i++) {
        int status = 0;
        pid_t got;
        while ((got = waitpid(storm.pids[i], &status, WNOHANG)) == 0 && now_s() < deadline)
            nap_us(2000);
        if (got == 0) {
            fail("does not end", i);
            kill(storm.pids[i], SIGKILL);
            waitpid(storm.pids[i], &status, 0);
        } else if (status) {
            char what[64];
            snprintf(what, sizeof(what), "has something left, status 0x%x", (unsigned)status);
            fail(what, i);
        }
    }
}

/* Objects that stand in the sockets between the workers. */
static void empty_pot(void)
{
    for (unsigned i = 0; i < 2; i++)
        close(storm.pot[i]); /* the kernel closes what is in them */
}

static unsigned listed_objects(void)
{
    static char text[1 << 16];
    unsigned found = 0;
    FILE *from = popen(BROKER_EXECUTABLE " --ls-json 2>&1", "re");
    size_t got = from ? fread(text, 1, sizeof(text) - 1, from) : 0;
    text[got] = 0;
    for (const char *at = text; (at = strstr(at, "\"under_way\":")); at++)
        found++;
    if (from)
        pclose(from);
    return found;
}

static unsigned count_fds(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static long shmem_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *info = fopen("/proc/meminfo", "re");
    while (info && fgets(line, sizeof(line), info))
        if (sscanf(line, "Shmem: %ld", &kib) == 1)
            break;
    if (info)
        fclose(info);
    return kib;
}

static bool await_broker_end(void)
{
    double deadline = now_s() + 20;
    while (lock_holder(storm.folder) && now_s() < deadline)
        nap_us(5000);
    return !lock_holder(storm.folder);
}

static void check_leftovers(unsigned fds, long shmem)
{
    unsigned objects = listed_objects();
    if (objects) {
        fprintf(stderr, "storm: the broker still has %u objects\n", objects);
        storm.failed = true;
    }
    if (!await_broker_end()) {
        fprintf(stderr, "storm: the broker does not end although nobody is there\n");
        storm.failed = true;
        kill(lock_holder(storm.folder), SIGKILL);
    }
    if (count_fds() != fds) {
        fprintf(stderr, "storm: %u fds were open, now %u\n", fds, count_fds());
        storm.failed = true;
    }
    long after = shmem_kib();
    for (unsigned i = 0; i < 100 && after > shmem + SHMEM_TOLERANCE_KIB; i++) {
        nap_us(100000); /* other programs' memory comes and goes */
        after = shmem_kib();
    }
    printf("shared memory of the machine: %ld KiB before, %ld KiB after\n", shmem, after);
    if (after > shmem + SHMEM_TOLERANCE_KIB) {
        fprintf(stderr, "storm: shared memory does not come back to its level\n");
        storm.failed = true;
    }
}

static void print_figures(double seconds)
{
    printf("seed %" PRIu64 ": %" PRIu64 " kills survived in %.1f s (%" PRIu64
           " processes, %" PRIu64 " brokers), %" PRIu64 " stops\n",
           storm.seed, storm.done, seconds, storm.workers, storm.brokers, storm.stops);
    uint64_t steps = 0;
    for (unsigned i = 0; i < SEATS; i++)
        steps += atomic_load(&board->seats[i].steps);
    printf("%" PRIu64 " operations; contents checked %" PRIu64 " times, right %" PRIu64
           ", of abandoned mutexes %" PRIu64 "\n",
           steps, atomic_load(&board->checked), atomic_load(&board->good),
           atomic_load(&board->torn));
    printf("abandoned mutexes met %" PRIu64 ", refusals %" PRIu64 ":",
           atomic_load(&board->abandoned), atomic_load(&board->refused));
    for (unsigned i = 0; i < CODES; i++) {
        uint64_t code = atomic_load(&board->codes[i]);
        if (code)
            printf(" 0x%08x %u", (unsigned)(code >> 32), (unsigned)code);
    }
    printf("\n");
}

/* ---- main ---- */

static bool make_ground(void)
{
    strcpy(storm.folder, "/tmp/isthmus-storm-XXXXXX");
    storm.board_fd = memfd_create("storm-board", MFD_CLOEXEC);
    if (!mkdtemp(storm.folder) || storm.board_fd < 0 ||
        ftruncate(storm.board_fd, sizeof(*board)) != 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, storm.pot) != 0)
        return false;
    setenv("ISTHMUS_RUNTIME_DIR", storm.folder, 1);
    setenv("ISTHMUS_BROKER_IDLE_MS", "500", 1);
    setenv("ISTHMUS_LOG", "error", 0);
    unsetenv("ISTHMUS_BROKER");
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, storm.board_fd, 0);
    storm.rng.state = storm.seed;
    atomic_store(&board->next_tag, 1);
    return board != MAP_FAILED;
}

static void rage(void)
{
    double begin = now_s();
    uint64_t pause_us = storm.seconds * 1000000 / storm.kills;
    while (storm.done < storm.kills && !storm.failed) {
        double due = begin + (double)(storm.done + 1) * (double)pause_us / 1e6;
        watch_workers();
        while (now_s() < due && now_s() - begin < 4.0 * (double)storm.seconds)
            nap_us(1000 + below(&storm.rng, 2000));
        one_blow();
        if (atomic_load(&board->failures))
            storm.failed = true;
    }
}

static int run(void)
{
    long shmem = shmem_kib();
    unsigned fds = count_fds();
    if (!make_ground()) {
        perror("storm");
        return 1;
    }
    double begin = now_s();
    for (unsigned i = 0; i < SEATS; i++)
        start_worker(i);
    rage();
    await_end();
    double seconds = now_s() - begin;
    empty_pot();
    close(storm.board_fd);
    check_leftovers(fds, shmem);
    folder_remove(storm.folder);
    print_figures(seconds);
    if (board->failure[0])
        fprintf(stderr, "storm: %s\n", board->failure);
    if (storm.failed || atomic_load(&board->failures) || !atomic_load(&board->good)) {
        fprintf(stderr, "storm: failed; --seed %" PRIu64 "\n", storm.seed);
        return 1;
    }
    return 0;
}

static int worker_main(char **argv)
{
    int fd = atoi(argv[3]);
    board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return board == MAP_FAILED ? 1
                               : storm_worker((unsigned)atoi(argv[2]), atoi(argv[4]),
                                              strtoull(argv[5], NULL, 10));
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "--worker") == 0)
        return worker_main(argv);
    for (int i = 1; i < argc; i += 2) {
        uint64_t *to = !strcmp(argv[i], "--kills")     ? &storm.kills
                       : !strcmp(argv[i], "--seed")    ? &storm.seed
                       : !strcmp(argv[i], "--seconds") ? &storm.seconds
                                                       : NULL;
        if (!to || i + 1 == argc || !(*to = strtoull(argv[i + 1], NULL, 10))) {
            fprintf(stderr, "usage: storm [--kills N] [--seed S] [--seconds T]\n");
            return 2;
        }
    }
    return run();
}
