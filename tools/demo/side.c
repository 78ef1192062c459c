/* SPDX-License-Identifier: MIT */
/* The deeds of CUDA's side, and the process in which they may be done. */
#include "demo/side.h"

#include "demo/cuda.h"
#include "demo/pattern.h"
#include "report.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The shares' handles are taken. */
static bool import(struct side *s, struct order *o)
{
    s->import = (struct ist_resource)IST_RESOURCE_INIT;
    s->fence = (struct ist_fence)IST_FENCE_INIT;
    if (!CUDA(cuda.host_alloc((void **)&s->outgoing, 2 * o->size, 0)))
        return false;
    s->landed = s->outgoing + o->size;
    return IST(ist_import_share_take(&o->memory, NULL, &s->import)) &&
           (o->fence.way == IST_SHARE_NONE ||
            IST(ist_import_fence_share_take(&o->fence, &s->fence)));
}

/* What the stream uses goes after the stream has come to its end. */
static bool end(struct side *s)
{
    bool ok = CUDA(cuda.stream_synchronize(s->stream));
    ok = IST(ist_release_resource(&s->import)) && ok;
    ok = IST(ist_release_fence(&s->fence)) && ok;
    ok = (!s->outgoing || CUDA(cuda.host_free(s->outgoing))) && ok;
    s->outgoing = NULL;
    return ok;
}

static bool do_deed(struct side *s, struct order *o)
{
    struct ist_resource *r = &s->import;
    cudaStream_t stream = s->stream;
    uint64_t number = o->number;
    switch (o->deed) {
    case SIDE_IMPORT: return import(s, o);
    case SIDE_READ: return IST(ist_read_resource(r, s->landed, o->size, stream));
    case SIDE_WRITE:
        pattern_fill(s->outgoing, o->size, number);
        return IST(ist_write_resource(r, s->outgoing, o->size, stream));
    case SIDE_WAIT: return IST(ist_fence_wait(&s->fence, number, stream));
    case SIDE_SIGNAL: return IST(ist_fence_signal(&s->fence, number, stream));
    case SIDE_ACQUIRE:
        return ACQUIRED(ist_keyed_mutex_acquire(r, number, SIDE_PATIENCE_MS, stream));
    case SIDE_IS_KEPT_OUT: return KEPT_OUT(ist_keyed_mutex_acquire(r, number, 1, stream));
    case SIDE_RELEASE: return IST(ist_keyed_mutex_release(r, number, stream));
    case SIDE_FINISH: return CUDA(cuda.stream_synchronize(stream));
    case SIDE_CHECK:
        return CUDA(cuda.stream_synchronize(stream)) &&
               pattern_check(s->landed, o->size, number, o->name, "D3D11", "CUDA");
    case SIDE_END: return end(s);
    }
    return false;
}

/* ---- another process ---- */

static bool hear(int socket, void *message, size_t size)
{
    ssize_t got;
    do
        got = recv(socket, message, size, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

bool side_tell(struct side *s, struct order *o)
{
    bool done = false;
    if (!s->process)
        return do_deed(s, o);
    if (send(s->socket, o, sizeof(*o), MSG_NOSIGNAL) != sizeof(*o) ||
        !hear(s->socket, &done, sizeof(done)))
        complain("the other process has gone");
    return done;
}

/* Until there is no further order. Whoever fails has said why, and answers so. */
static int obey(int socket)
{
    struct rig rig = {0};
    struct order order;
    bool ok = rig_open(0, &rig);
    struct side side = {.stream = rig.stream};
    while (ok && hear(socket, &order, sizeof(order))) {
        bool done = do_deed(&side, &order);
        ok = send(socket, &done, sizeof(done), MSG_NOSIGNAL) == sizeof(done);
    }
    rig_close(&rig);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}

bool side_start(struct side *out)
{
    int ends[2];
    pid_t self = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        complain("there is no socket pair: %s", strerror(errno));
        return false;
    }
    fflush(NULL);
    *out = (struct side){.process = fork(), .socket = ends[0]};
    if (out->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody is left behind by one that is killed */
        close(ends[0]);
        int code = getppid() == self ? obey(ends[1]) : EXIT_TROUBLE;
        fflush(NULL);
        _exit(code);
    }
    close(ends[1]);
    if (out->process < 0) {
        complain("there is no second process: %s", strerror(errno));
        close(ends[0]);
    }
    return out->process > 0;
}

/* Closing the socket tells it that there is no more to do. */
bool side_stop(struct side *s)
{
    int status = 0;
    close(s->socket);
    while (waitpid(s->process, &status, 0) < 0 && errno == EINTR)
        ;
    if (status)
        complain("the other process ended with status 0x%x", (unsigned)status);
    return !status;
}
