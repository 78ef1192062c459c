/* SPDX-License-Identifier: MIT */
/*
 * The report of live objects: one paragraph an object, oldest first. Objects are pinned while
 * they are described, so nothing of ours is locked while text is written. Other threads may go
 * on: what comes and goes meanwhile may be missed.
 */
#include "core/live.h"

#include "base/futex.h"
#include "core/handle.h"
#include "core/name.h"
#include "core/resource.h"
#include "core/session.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_FRAMES 4  /* of a site: the call and three above it */
#define HINT_CALLS 24   /* addresses in the line for addr2line */
#define SETTLE_TRIES 50 /* of 10 ms: workers that are letting go when the process ends */

static const char *const holder_names[HOLDER_KINDS] = {
    "COM object", "NT handle", "import", "mapping", "queued operation",
};

/* An open handle, as it was when the report began. */
struct open_handle {
    const struct object *object; /* compared, never followed */
    uint32_t value;
    char *name; /* owned; NULL for none */
};

struct report {
    FILE *out;
    struct object **object; /* pinned */
    size_t count;
    struct open_handle *handle;
    size_t handles, room;
    size_t hint[HINT_CALLS]; /* calls inside the program, for addr2line */
    unsigned hints;
    bool has_sites;
    char program[256];
};

static void add_handle(uint32_t value, const struct object *object, const char *name, void *arg)
{
    struct report *r = arg;
    if (r->handles == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct open_handle *more = realloc(r->handle, room * sizeof(*more));
        if (!more)
            return;
        r->handle = more;
        r->room = room;
    }
    r->handle[r->handles++] = (struct open_handle){object, value, name ? strdup(name) : NULL};
}

static int older_first(const void *a, const void *b)
{
    int64_t x = (*(struct object *const *)a)->live.born;
    int64_t y = (*(struct object *const *)b)->live.born;
    return (x > y) - (x < y);
}

static void report_open(struct report *r)
{
    r->object = live_pin_all(&r->count);
    if (r->count)
        qsort(r->object, r->count, sizeof(struct object *), older_first);
    if (r->out && r->count)
        handle_each(session_default(), add_handle, r);
}

static void report_close(struct report *r)
{
    for (size_t i = 0; i < r->count; i++)
        object_unpin(r->object[i]);
    for (size_t i = 0; i < r->handles; i++)
        free(r->handle[i].name);
    free(r->object);
    free(r->handle);
}

static void remember_for_hint(struct report *r, const struct site_place *place)
{
    if (r->hints == HINT_CALLS || (r->hints && strcmp(r->program, place->module) != 0))
        return;
    memcpy(r->program, place->module, sizeof(r->program));
    for (unsigned i = 0; i < r->hints; i++)
        if (r->hint[i] == place->offset)
            return;
    r->hint[r->hints++] = place->offset;
}

static void print_frame(struct report *r, void *frame, unsigned n, bool *last)
{
    struct site_place place;
    site_place(frame, &place);
    const char *slash = strrchr(place.module, '/');
    fprintf(r->out, "%s%s%s%s+0x%zx%s", n ? ", from " : "", place.function,
            place.function[0] ? " (" : "", slash ? slash + 1 : place.module, place.offset,
            place.function[0] ? ")" : "");
    remember_for_hint(r, &place);
    *last = strncmp(place.function, "main+", 5) == 0;
}

static void print_site(struct report *r, const struct live_site *s)
{
    bool last = false;
    fprintf(r->out, "        %u at ", s->count);
    if (!s->site.depth)
        fputs("a thread of Isthmus", r->out);
    for (unsigned i = 0; i < s->site.depth && i < SHOWN_FRAMES && !last; i++)
        print_frame(r, s->site.frame[i], i, &last);
    fputc('\n', r->out);
}

/* What was never shared cannot have been imported: CUDA made it for itself. */
static const char *holder_name(struct object *object, unsigned as)
{
    if (as == HOLDER_IMPORT && object->kind == OBJECT_RESOURCE &&
        resource_from_object(object)->desc.sharing == SHARING_NONE)
        return "CUDA array";
    return holder_names[as];
}

static void print_holders(struct report *r, struct object *object)
{
    size_t count;
    unsigned gone[HOLDER_KINDS];
    _cleanup_(freep) struct live_site *sites = live_sites(object, &count, gone);
    for (unsigned as = 0; as < HOLDER_KINDS; as++) {
        unsigned held = object_held(object, (enum holder)as);
        if (!held)
            continue;
        fprintf(r->out, "    held by %u %s%s%s\n", held, holder_name(object, as),
                held == 1 ? "" : "s", gone[as] ? ", made at some of these sites" : "");
        for (size_t i = 0; i < count; i++)
            if (sites[i].as == as)
                print_site(r, &sites[i]);
        if (gone[as])
            fprintf(r->out, "        which %u of them went is not known\n", gone[as]);
    }
    r->has_sites |= count > 0;
}

static void print_handles(struct report *r, const struct object *object)
{
    for (size_t i = 0; i < r->handles; i++) {
        const struct open_handle *h = &r->handle[i];
        if (h->object == object && h->name)
            fprintf(r->out, "    NT handle 0x%x, named \"%s\"\n", h->value, h->name);
        else if (h->object == object)
            fprintf(r->out, "    NT handle 0x%x\n", h->value);
    }
    uint32_t kmt = load_acquire(&((struct object *)(uintptr_t)object)->kmt);
    if (kmt)
        fprintf(r->out, "    global (KMT) handle 0x%x\n", kmt);
}

static const char *state_of(struct object *object)
{
    bool owned = load_acquire(&object->owners) != 0;
    if (load_acquire(&object->crossing))
        return owned ? "; may be known to other processes"
                     : "; nobody owns it in this process, others may";
    return owned ? "" : "; nobody owns it, only its memory is in use";
}

static void print_object(struct report *r, struct object *object, size_t number)
{
    const char *kind = strchr(object_kind_name(object->kind), ' ') + 1; /* without "a" */
    char what[256] = "";
    double age = (double)(clock_now_ns() - object->live.born) / 1e9;
    if (object->ops->describe)
        object->ops->describe(object, what, sizeof(what));
    fprintf(r->out, "\n%zu. %s: %s%s%.3f s old%s\n", number, kind, what, what[0] ? "; " : "",
            age, state_of(object));
    print_handles(r, object);
    print_holders(r, object);
}

static void print_end(struct report *r)
{
    if (!r->has_sites)
        fputs("\nISTHMUS_SITES=1 adds where in the program each holder was made.\n", r->out);
    if (!r->hints)
        return;
    fprintf(r->out, "\nFile and line: addr2line -Cfpie %s", r->program);
    for (unsigned i = 0; i < r->hints; i++)
        fprintf(r->out, " 0x%zx", r->hint[i]);
    fputc('\n', r->out);
}

size_t live_report(FILE *out)
{
    struct report r = {.out = out};
    report_open(&r);
    if (out && r.count)
        fprintf(out, "isthmus: %zu object%s alive\n", r.count, r.count == 1 ? " is" : "s are");
    for (size_t i = 0; out && i < r.count; i++)
        print_object(&r, r.object[i], i + 1);
    if (out && r.count)
        print_end(&r);
    report_close(&r);
    return r.count;
}

static pid_t reporter; /* 0: nobody reports. A forked child is not the one that was asked */

void live_report_at_exit(bool wanted)
{
    reporter = wanted ? getpid() : 0;
}

/* Objects without an owner end by themselves when their work is done: they get a moment. */
static bool only_work_is_left(void)
{
    size_t count, owned = 0;
    struct object **object = live_pin_all(&count);
    for (size_t i = 0; i < count; i++) {
        owned += load_acquire(&object[i]->owners) != 0;
        object_unpin(object[i]);
    }
    free(object);
    return count && !owned;
}

/* Straight to the descriptor: the program may have closed its streams by now. */
static void write_all(const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(STDERR_FILENO, text, size);
        if (n <= 0)
            return;
        text += n;
        size -= (size_t)n;
    }
}

/* After the program's own atexit handlers and destructors, and after those of our fronts. */
__attribute__((destructor)) static void report_at_exit(void)
{
    const struct timespec nap = {0, 10 * 1000 * 1000};
    char *text = NULL;
    size_t size = 0;
    if (!reporter || reporter != getpid())
        return;
    for (int i = 0; i < SETTLE_TRIES && only_work_is_left(); i++)
        nanosleep(&nap, NULL);
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    live_report(out);
    fclose(out);
    write_all(text, size);
    free(text);
}
