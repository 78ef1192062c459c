/* SPDX-License-Identifier: MIT */
/*
 * Starts the threads, watches them, and looks at what is left when all is ended. Exit 0: every
 * check passed; 1: some failed; a hang prints where each thread is and aborts.
 */
#include <initguid.h>

#include "monkey.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

static void sleep_ms(unsigned ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

static size_t count_fds(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static size_t count_memfd_maps(void)
{
    char line[512];
    size_t n = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof(line), maps))
        n += strstr(line, "memfd:") != NULL;
    if (maps)
        fclose(maps);
    return n;
}

static size_t count_objects(void)
{
    size_t (*count)(void);
    *(void **)&count = dlsym(RTLD_DEFAULT, "ist_private_object_live_count");
    MUST(NULL, count != NULL);
    return count ? count() : 0;
}

/* Memory that the cpu device keeps for the next object is nothing left behind. */
static void flush_kept_memory(void)
{
    size_t (*flush)(void);
    *(void **)&flush = dlsym(RTLD_DEFAULT, "ist_private_recycle_flush");
    MUST(NULL, flush != NULL);
    if (flush)
        (void)flush();
}

static void tell_hang(const char *who)
{
    fprintf(stderr, "stuck for %u s: %s\n", options.hang_seconds, who);
    for (unsigned i = 0; i < options.threads; i++) {
        struct worker *w = &workers[i];
        const char *call = atomic_load(&w->call);
        fprintf(stderr, "  thread %u: operation %llu (%s), after %s\n", i,
                (unsigned long long)atomic_load(&w->number), atomic_load(&w->where),
                call ? call : "nothing");
    }
    fprintf(stderr, "seed %llu: hang\n", (unsigned long long)options.seed);
    abort();
}

static bool finished(const struct worker *w)
{
    return strcmp(atomic_load(&w->where), "finished") == 0;
}

/* Until every thread is through; each must move on within the time. */
static void watch(void)
{
    uint64_t seen[WORKERS_MAX] = {0};
    unsigned since[WORKERS_MAX] = {0};
    for (bool busy = true; busy;) {
        sleep_ms(100);
        busy = false;
        for (unsigned i = 0; i < options.threads; i++) {
            uint64_t now = atomic_load(&workers[i].number);
            if (finished(&workers[i]))
                continue;
            busy = true;
            since[i] = now == seen[i] ? since[i] + 1 : 0;
            seen[i] = now;
            if (since[i] >= options.hang_seconds * 10)
                tell_hang("a thread");
        }
    }
}

/* The same for the end, which the main thread does itself. */
static atomic_bool end_reached;

static void *watch_end(void *unused)
{
    for (unsigned i = 0; i < options.hang_seconds * 10; i++) {
        if (atomic_load(&end_reached))
            return unused;
        sleep_ms(100);
    }
    tell_hang("the end: releasing all, waiting for queued work");
    return unused;
}

static void end_all(void)
{
    pthread_t watchdog;
    pthread_create(&watchdog, NULL, watch_end, NULL);
    for (unsigned i = 0; i < options.threads; i++)
        worker_end(&workers[i]);
    world_end();
    ALLOW(NULL, cudaDeviceSynchronize(), cudaSuccess);
    janitor_stop();
    world_close();
    /* Queued work holds objects, and a context's queue may still be at it. */
    for (unsigned i = 0; i < 500 && count_objects(); i++)
        sleep_ms(10);
    atomic_store(&end_reached, true);
    pthread_join(watchdog, NULL);
}

static void run(void)
{
    world_make();
    for (unsigned i = 0; i < options.threads; i++) {
        workers[i].index = i;
        worker_make(&workers[i]);
    }
    janitor_start();
    for (unsigned i = 0; i < options.threads; i++)
        pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]);
    watch();
    for (unsigned i = 0; i < options.threads; i++)
        pthread_join(workers[i].thread, NULL);
    end_all();
}

static void check_left(const char *what, size_t left)
{
    if (left)
        monkey_fail(NULL, __FILE__, __LINE__, "%zu %s left at the end", left, what);
    else
        MUST(NULL, left == 0);
}

int main(int argc, char **argv)
{
    uint64_t operations = 0;
    options_read(argc, argv);
    setenv("ISTHMUS_LOG", "off", 0);    /* nearly every refusal is meant */
    setenv("ISTHMUS_BROKER", "off", 0); /* one process: whose connection would be left over */
    printf("seed %llu, %u threads, %u s, %llu operations each (0: no limit)\n",
           (unsigned long long)options.seed, options.threads, options.seconds,
           (unsigned long long)options.ops);
    fflush(stdout);
    ALLOW(NULL, cudaFree(NULL), cudaSuccess);
    size_t fds = count_fds();
    run();
    check_left("objects", count_objects());
    flush_kept_memory();
    size_t now = count_fds();
    check_left("descriptors", now > fds ? now - fds : 0);
    check_left("mapped memory files", count_memfd_maps());
    MUST(NULL, atomic_load(&world.host_asked) == atomic_load(&world.host_ran));
    if (options.codes)
        answers_print();
    for (unsigned i = 0; i < options.threads; i++)
        operations += atomic_load(&workers[i].number);
    printf("seed %llu: %llu operations: %zu passed, %zu failed\n",
           (unsigned long long)options.seed, (unsigned long long)operations,
           atomic_load(&checks_passed), atomic_load(&checks_failed));
    return atomic_load(&checks_failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}
