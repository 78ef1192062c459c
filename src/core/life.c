/* SPDX-License-Identifier: MIT */
/*
 * Pipe ends are turned by opening them again through /proc: for a pipe that neither blocks nor
 * fails for want of the other end. The read end is opened before the write end is closed, so of
 * two processes that leave at the same time at least one sees the hang-up; both may, and the
 * end is told twice, which does no harm.
 */
#include "core/life.h"

#include "base/gate.h"
#include "base/log.h"
#include "core/fork.h"
#include "core/kmt.h"
#include "core/session.h"
#include "core/watch_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static int turn(int fd, int flags)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

bool life_hung_up(int read_end)
{
    struct pollfd pipe = {.fd = read_end};
    return poll(&pipe, 1, 0) == 1 && (pipe.revents & (POLLHUP | POLLERR));
}

enum ist_status life_new(int *write_end)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return refuse(IST_NO_RESOURCES, "no pipe for a shared object's life: %s",
                      strerror(errno));
    close(ends[0]);
    *write_end = ends[1];
    return IST_OK;
}

/* The end of everybody's use. `object` is pinned by the caller. */
static void end_everywhere(struct object *object)
{
    object->ops->end(object);
}

static void on_hang_up(int fd, bool hung_up, void *user)
{
    struct crossing *c = user;
    struct object *object = c->object;
    (void)fd;
    (void)hung_up;               /* the pipe is asked again: it may be another one by now */
    if (!object_try_pin(object)) /* being freed: life_finish() waits for us */
        return;
    gate_lock(&c->lock);
    bool ended = c->state == LIFE_DORMANT && life_hung_up(c->pipe);
    if (ended)
        c->state = LIFE_ENDED;
    c->watched = false;
    bool kept = ended && take(&c->kept, false);
    gate_unlock(&c->lock);
    if (ended)
        end_everywhere(object);
    if (kept)
        object_unpin(object);
    object_unpin(object);
}

/* Something here waits, and only the hang-up can end that. */
static void watch_locked(struct crossing *c)
{
    c->watched = watch_fd_add(c->pipe, false, on_hang_up, c) == IST_OK;
    if (!c->watched)
        log_line(LOG_ERROR, "life", "the end of %s in other processes will go unnoticed here",
                 object_kind_name(c->object->kind));
}

static bool has_pins(const struct object *object)
{
    return load_acquire(&object->refs) > 1; /* one stands for the owners that have gone */
}

/* Without an owner here, `pipe` being a read end: over, or waiting for the others to end. */
static void settle_locked(struct crossing *c)
{
    c->state = c->pipe >= 0 && life_hung_up(c->pipe) ? LIFE_ENDED : LIFE_DORMANT;
    if (c->state != LIFE_DORMANT || c->pipe < 0)
        return;
    if (!c->kept && c->object->ops->awaited && c->object->ops->awaited(c->object)) {
        count_up(&c->object->refs);
        c->kept = true;
    }
    if (has_pins(c->object))
        watch_locked(c);
}

/* Nothing here is pinned or waits: whether others go on would make no difference. */
static bool is_forgotten(struct object *object)
{
    return !has_pins(object) && !(object->ops->awaited && object->ops->awaited(object));
}

/* Turns the end that the owners held. */
static void let_go_locked(struct crossing *c)
{
    if (c->state == LIFE_ENDED) /* while we had owners: everybody left before we had ours */
        return;
    if (is_forgotten(c->object)) { /* nearly always: asking costs more than all of the rest */
        close_fd(take(&c->pipe, -1));
        c->state = LIFE_DORMANT; /* who is opening it at this moment may take it up again */
        return;
    }
    int read_end = c->pipe >= 0 ? turn(c->pipe, O_RDONLY) : -1;
    close_fd(c->pipe);
    c->pipe = read_end;
    if (read_end < 0)
        log_line(LOG_ERROR, "life", "no fd is free to ask who else has %s: %s",
                 object_kind_name(c->object->kind), strerror(errno));
    settle_locked(c);
}

void life_last_owner(struct crossing *c)
{
    gate_lock(&c->lock);
    let_go_locked(c);
    bool ended = c->state == LIFE_ENDED;
    bool kept = ended && take(&c->kept, false);
    gate_unlock(&c->lock);
    if (ended)
        end_everywhere(c->object);
    if (kept)
        object_unpin(c->object); /* not the last one: the caller has another */
}

void crossing_free(struct crossing *c)
{
    close_fd(c->pipe);
    close_fd(c->description);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void life_finish(struct crossing *c)
{
    ids_remove(&c->object->session->ids, &c->entry);
    if (c->pipe >= 0)
        watch_fd_remove(c->pipe);
    crossing_free(c);
}

/* Owners come back to an object that only pins kept here. The old pipe end is left over. */
static int wake_locked(struct crossing *c, enum holder as, int *write_end)
{
    int old = c->pipe;
    c->pipe = take(write_end, -1);
    c->state = LIFE_HELD;
    count_up(&c->object->refs);
    add_relaxed(&c->object->held[as], 1);
    live_note_hold(c->object, as);
    store_release(&c->object->owners, 1);
    return old;
}

bool life_revive(struct crossing *c, enum holder as, int *write_end)
{
    for (;; sched_yield()) {
        if (object_try_hold(c->object, as))
            return true;
        int old = -1;
        gate_lock(&c->lock);
        enum life_state found = c->state;
        if (found == LIFE_DORMANT)
            old = wake_locked(c, as, write_end);
        gate_unlock(&c->lock);
        if (old >= 0) {
            watch_fd_remove(old);
            close(old);
        }
        if (found != LIFE_HELD)
            return found == LIFE_DORMANT;
        /* Held without an owner: the last one is on its way to life_last_owner(). */
    }
}

enum ist_status crossing_new(struct id_key id, int write_end, int description,
                             struct crossing **out)
{
    struct crossing *c = malloc(sizeof(*c));
    if (!c)
        return refuse(IST_NO_MEMORY, "no memory for what a shared object needs");
    *c = (struct crossing){.entry.key = id,
                           .state = LIFE_HELD,
                           .pipe = write_end,
                           .description = description};
    pthread_mutex_init(&c->lock, NULL);
    *out = c;
    return IST_OK;
}

static bool never(struct id_entry *entry, void *arg)
{
    (void)entry;
    (void)arg;
    return false;
}

static enum ist_status random_id(struct id_key *out)
{
    if (getrandom(out, sizeof(*out), 0) == (ssize_t)sizeof(*out))
        return IST_OK;
    return refuse(IST_NO_RESOURCES, "no random id for a shared object: %s", strerror(errno));
}

/*
 * Found by its id before anybody can know that id: nobody makes a second object of it. In the
 * gate: a child of fork finds both or neither.
 */
static struct crossing *publish(struct object *object, struct crossing *c)
{
    struct crossing *none = NULL;
    c->object = object;
    gate_enter();
    ids_add(&object->session->ids, &c->entry, c->entry.key, never, NULL);
    bool first = cas_acq_rel(&object->crossing, &none, c);
    gate_leave();
    if (first)
        return c;
    life_finish(c); /* another thread was first */
    return none;
}

enum ist_status crossing_get(struct object *object, struct crossing **out)
{
    struct id_key id;
    int write_end;
    struct crossing *c = load_acquire(&object->crossing);
    if (!c) {
        enum ist_status status = random_id(&id);
        if (status == IST_OK)
            status = life_new(&write_end);
        if (status != IST_OK)
            return status;
        status = crossing_new(id, write_end, -1, &c);
        if (status != IST_OK) {
            close(write_end);
            return status;
        }
        c = publish(object, c);
    }
    *out = c;
    return IST_OK;
}

static bool pin(struct id_entry *entry, void *arg)
{
    (void)arg;
    return object_try_pin(container_of(entry, struct crossing, entry)->object);
}

struct crossing *crossing_enter(struct crossing *c, struct object *object)
{
    c->object = object;
    store_release(&object->crossing, c);
    struct id_entry *there = ids_add(&object->session->ids, &c->entry, c->entry.key, pin, NULL);
    return there ? container_of(there, struct crossing, entry) : NULL;
}

struct crossing *crossing_find(struct session *session, struct id_key id)
{
    struct id_entry *there = ids_get(&session->ids, id, pin, NULL);
    return there ? container_of(there, struct crossing, entry) : NULL;
}

/* Alone in the process, with every lock free (base/gate.h); no memory is asked for. */
void life_inherit(struct crossing *c)
{
    c->unadopted = true;
    c->watched = false;
    if (c->state != LIFE_HELD || c->pipe < 0)
        return;
    int read_end = turn(c->pipe, O_RDONLY);
    close(c->pipe);
    c->pipe = read_end;
}

static void adopt_locked(struct crossing *c)
{
    int own = c->pipe >= 0 && !life_hung_up(c->pipe) ? turn(c->pipe, O_WRONLY) : -1;
    if (own < 0)
        c->state = LIFE_ENDED;
    close_fd(c->pipe);
    c->pipe = own;
}

void life_adopt(struct crossing *c)
{
    gate_lock(&c->lock);
    bool first = c->unadopted;
    bool held = first && c->state == LIFE_HELD;
    /* A thread of the parent was dropping the last owner, and is not here to go on. */
    bool orphan = held && !load_acquire(&c->object->owners);
    c->unadopted = false;
    if (orphan)
        settle_locked(c);
    else if (held)
        adopt_locked(c);
    else if (first && c->state == LIFE_DORMANT && c->pipe >= 0 && has_pins(c->object))
        watch_locked(c);
    bool ended = held && c->state == LIFE_ENDED;
    gate_unlock(&c->lock);
    if (orphan)
        kmt_end(c->object);
    if (ended)
        end_everywhere(c->object);
    if (orphan)
        object_unpin(c->object); /* what stood for the owners; the caller has another */
}
