/* SPDX-License-Identifier: MIT */
/* The executable's own life: idle end, signals, a dead one's socket, its limits. */
#include "broker/client_start.h"
#include "broker/folder.h"
#include "rig.h"

#include "base/futex.h"

#include <sys/socket.h>

static int publish_many(void *arg)
{
    unsigned most = *(unsigned *)arg;
    uint32_t number;
    for (unsigned i = 0; i < most; i++) {
        struct parcel p = rig_parcel();
        WANT(remote_publish(&p, &number) == IST_OK);
    }
    struct parcel p = rig_parcel();
    WANT(remote_publish(&p, &number) == IST_QUOTA);
    WANT(strstr(ist_explain(), "ISTHMUS_QUOTA_OBJECTS"));
    rig_drop(&p);
    return 0;
}

TEST(its_environment_sets_the_limits)
{
    struct rig_folder folder = rig_folder_new();
    unsigned most = 3;
    setenv("ISTHMUS_QUOTA_OBJECTS", "3", 1);
    CHECK_EQ(rig_join(rig_child(publish_many, &most)), 0);
    unsetenv("ISTHMUS_QUOTA_OBJECTS");
    rig_folder_end(&folder);
}

TEST(it_ends_when_idle_and_leaves_no_socket)
{
    struct rig_folder folder = rig_folder_new();
    char path[96];
    CHECK_EQ(client_start_broker(deadline_after_ms(20000)), IST_OK);
    CHECK(rig_broker_gone(&folder));
    snprintf(path, sizeof(path), "%s/socket", folder.path);
    CHECK_EQ(access(path, F_OK), -1);
    rig_folder_end(&folder);
}

TEST(a_signal_ends_it_and_a_dead_ones_socket_is_replaced)
{
    struct rig_folder folder = rig_folder_new();
    setenv("ISTHMUS_BROKER_IDLE_MS", "60000", 1);
    static const int signals[] = {SIGTERM, SIGKILL, SIGTERM};
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(client_start_broker(deadline_after_ms(20000)), IST_OK);
        pid_t broker = rig_broker(&folder);
        CHECK(broker > 1);
        CHECK_EQ(kill(broker, signals[i]), 0);
        CHECK(rig_broker_gone(&folder));
    }
    rig_folder_end(&folder);
}

/* Nothing of the program that started it stays open in it. */
TEST(it_keeps_no_fd_of_its_starter)
{
    struct rig_folder folder = rig_folder_new();
    int ends[2];
    char byte;
    setenv("ISTHMUS_BROKER_IDLE_MS", "60000", 1);
    CHECK_EQ(pipe(ends), 0); /* without close-on-exec */
    CHECK_EQ(client_start_broker(deadline_after_ms(20000)), IST_OK);
    close(ends[1]);
    struct pollfd one = {.fd = ends[0], .events = POLLIN};
    CHECK_EQ(poll(&one, 1, 20000), 1);
    CHECK_EQ(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    CHECK_EQ(kill(rig_broker(&folder), SIGTERM), 0);
    rig_folder_end(&folder);
}

/* User and system time that a process has used, in clock ticks. */
static unsigned long ticks_of(pid_t pid)
{
    char path[48], text[512] = "";
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (file && fgets(text, sizeof(text), file) && strrchr(text, ')'))
        sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
               &user, &system);
    if (file)
        fclose(file);
    return user + system;
}

/* -1: nobody listens. */
static int connect_to(const struct rig_folder *folder)
{
    struct sockaddr_un address;
    int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    socklen_t size = folder_address(fd, FOLDER_SOCKET, &address);
    bool connected = connect(sock, (struct sockaddr *)&address, size) == 0;
    close(fd);
    if (!connected)
        close(sock);
    return connected ? sock : -1;
}

/* A process that was stopped before its HELLO, or never means to say it. */
TEST(a_silent_connection_does_not_keep_it_busy)
{
    struct rig_folder folder = rig_folder_new();
    pid_t broker = 0;
    int sock = -1;
    while (!broker) { /* it may have gone idle before we are there */
        CHECK_EQ(client_start_broker(deadline_after_ms(20000)), IST_OK);
        sock = connect_to(&folder);
        broker = sock >= 0 ? rig_broker(&folder) : 0;
    }
    rig_nap(400); /* its idle time is over, but somebody is there */
    unsigned long before = ticks_of(broker);
    rig_nap(1500);
    CHECK_EQ(rig_broker(&folder), broker);
    CHECK(ticks_of(broker) - before < (unsigned long)sysconf(_SC_CLK_TCK) / 5);
    close(sock);
    rig_folder_end(&folder);
}

/* The broker leaves the folder in which it was started; a relative path means the client's. */
TEST(a_relative_folder_is_the_starters)
{
    struct rig_folder folder = rig_folder_new();
    int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char above[sizeof(folder.path) + 4];
    snprintf(above, sizeof(above), "%s/..", folder.path);
    CHECK_EQ(chdir(above), 0);
    setenv("ISTHMUS_RUNTIME_DIR", strrchr(folder.path, '/') + 1, 1);
    setenv("ISTHMUS_BROKER_IDLE_MS", "60000", 1);
    CHECK_EQ(client_start_broker(deadline_after_ms(20000)), IST_OK);
    pid_t broker = rig_broker(&folder);
    CHECK(broker > 1);
    if (broker > 1)
        CHECK_EQ(kill(broker, SIGTERM), 0);
    CHECK_EQ(fchdir(before), 0);
    close(before);
    rig_folder_end(&folder);
}
