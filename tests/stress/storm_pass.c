/* SPDX-License-Identifier: MIT */
/*
 * Objects from worker to worker: handles that are pushed into another process and named in its
 * mail, and bare file descriptors through the pot, a socket that all have.
 */
#include "storm_worker.h"

/*
 * Nobody would ever hear of it there, and it would keep its object for as long as they live. It
 * is gone already if the broker died before it arrived.
 */
static void take_back(HANDLE process, HANDLE made)
{
    const struct timespec nap = {0, 1000000};
    HANDLE here = NULL;
    for (unsigned i = 0; i < 100; i++, nanosleep(&nap, NULL)) {
        bool ok = DuplicateHandle(process, made, GetCurrentProcess(), &here, 0, FALSE,
                                  DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS);
        if (!refused(win32_code(ok))) {
            CloseHandle(here);
            return;
        }
        if (GetLastError() == ERROR_INVALID_HANDLE || GetLastError() == ERROR_ACCESS_DENIED)
            return;
    }
    complain("a handle that was pushed cannot be taken back");
}

static void tell(unsigned to, uint32_t pid, HANDLE process, HANDLE made, uint32_t tag)
{
    struct letter *letter = &board->letters[w.seat - board->seats][to];
    if (atomic_load(&letter->full)) {
        take_back(process, made);
        return;
    }
    letter->pid = pid;
    letter->handle = (uint32_t)(uintptr_t)made;
    letter->tag = tag;
    atomic_store(&letter->full, true);
}

/* A handle into another process, and the word where it is. */
void do_push(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    unsigned to = below(&w.rng, SEATS);
    uint32_t pid = atomic_load(&board->seats[to].pid);
    bool fence = t->fence_handle && below(&w.rng, 2);
    HANDLE made = NULL, source = fence ? t->fence_handle : t->handle;
    if (!t->tag || !source || &board->seats[to] == w.seat || !pid)
        return;
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid);
    if (refused(win32_code(process != NULL)))
        return;
    atomic_store(&w.seat->pushing, pid);
    if (!refused(win32_code(DuplicateHandle(GetCurrentProcess(), source, process, &made, 0,
                                            FALSE, DUPLICATE_SAME_ACCESS))))
        tell(to, pid, process, made, fence ? HEAD_OF(t->tag) << KIND_BITS | LOG_FENCE : t->tag);
    atomic_store(&w.seat->pushing, 0);
    CloseHandle(process);
}

static void take_buffer(struct thing *t, HANDLE handle, uint32_t tag)
{
    if (refused((uint32_t)ID3D11Device5_OpenSharedResource1(w.device, handle,
                                                            &IID_ID3D11Resource,
                                                            (void **)&t->buffer)))
        return;
    if (KIND_OF(tag) <= CELL_NUMBER)
        ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIKeyedMutex, (void **)&t->mutex);
    if (!is_it(t, tag))
        drop(t);
}

/* False: no letter from there, or one to my predecessor in this seat. */
static bool open_letter(unsigned from, HANDLE *handle, uint32_t *tag)
{
    struct letter *letter = &board->letters[from][w.seat - board->seats];
    if (!atomic_load(&letter->full))
        return false;
    bool mine = letter->pid == (uint32_t)getpid();
    *handle = (HANDLE)(uintptr_t)letter->handle;
    *tag = letter->tag;
    atomic_store(&letter->full, false);
    return mine;
}

void refuse_mail(void)
{
    HANDLE handle;
    uint32_t tag;
    for (unsigned from = 0; from < SEATS; from++)
        if (open_letter(from, &handle, &tag))
            CloseHandle(handle);
}

void do_mail(void)
{
    HANDLE handle;
    uint32_t tag;
    unsigned from = below(&w.rng, SEATS);
    for (unsigned i = 0; !open_letter(from, &handle, &tag); i++) {
        if (i == SEATS)
            return;
        from = (from + 1) % SEATS;
    }
    struct thing *t = free_thing();
    if (KIND_OF(tag) != LOG_FENCE) {
        take_buffer(t, handle, tag);
    } else if (!refused((uint32_t)ID3D11Device5_OpenSharedFence(w.device, handle,
                                                                &IID_ID3D11Fence,
                                                                (void **)&t->fence))) {
        if (ID3D11Fence_GetCompletedValue(t->fence) >> 8 != HEAD_OF(tag))
            complain("the fence in my mail is not that of log %u", HEAD_OF(tag));
        drop(t);
    }
    CloseHandle(handle);
}

/* ---- Bare fds through the pot ---- */

struct pot_word {
    uint32_t tag, count;
};

void do_give(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    int fds[IST_HANDLE_FDS];
    struct pot_word word = {t->tag, 0};
    if (!t->tag || !t->handle ||
        refused((uint32_t)ist_handle_export_fds(t->handle, fds, &word.count)))
        return;
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(fds))];
    } room = {.room = {0}};
    struct iovec bytes = {&word, sizeof(word)};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &room,
                             .msg_controllen = CMSG_SPACE(word.count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(word.count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, word.count * sizeof(int));
    sendmsg(w.pot, &message, MSG_NOSIGNAL | MSG_DONTWAIT); /* a full pot keeps nothing */
    for (unsigned i = 0; i < word.count; i++)
        close(fds[i]);
}

void do_take(void)
{
    int fds[IST_HANDLE_FDS];
    struct pot_word word;
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(fds))];
    } room;
    struct iovec bytes = {&word, sizeof(word)};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &room,
                             .msg_controllen = sizeof(room)};
    if (recvmsg(w.pot, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof(word))
        return;
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    if (!c || c->cmsg_len != CMSG_LEN(word.count * sizeof(int))) {
        complain("%u fds were sent and others came", word.count);
        return;
    }
    memcpy(fds, CMSG_DATA(c), word.count * sizeof(int));
    void *handle = NULL;
    struct thing *t = free_thing();
    if (refused((uint32_t)ist_handle_import_fds(fds, word.count, &handle)))
        return;
    take_buffer(t, handle, word.tag);
    if (t->tag)
        t->handle = handle;
    else
        CloseHandle(handle);
}
