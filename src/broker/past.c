/* SPDX-License-Identifier: MIT */
/*
 * Replaying the journal builds the same tables that the predecessor had, without the objects:
 * those come back with their holders. A pidfd tells when an awaited process ends. When nobody
 * is awaited any more everything here is forgotten.
 */
#include "broker/past.h"

#include "base/cleanup.h"
#include "base/futex.h"
#include "broker/journal.h"
#include "broker/proc.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct past_process {
    struct source ended; /* its pidfd */
    struct list link;
    struct past *past;
    pid_t pid;
    uint64_t start;
};

struct past_object {
    struct table_link by_id, by_number;
    unsigned char id[16];
    uint32_t number;
};

struct past_holder {
    struct list link;
    pid_t pid;
    uint64_t start;
};

bool past_init(struct past *past, struct loop *loop)
{
    *past = (struct past){.loop = loop};
    list_init(&past->processes);
    if (table_init(&past->objects) && table_init(&past->numbers) && table_init(&past->names))
        return true;
    past_finish(past);
    return false;
}

static void free_object(struct table_link *item, void *arg)
{
    struct past *past = arg;
    struct past_object *object = container_of(item, struct past_object, by_id);
    table_remove(&past->objects, &object->by_id);
    table_remove(&past->numbers, &object->by_number);
    free(object);
}

static void name_free(struct past *past, struct past_name *name)
{
    list_for_each (item, next, &name->holders)
        free(container_of(item, struct past_holder, link));
    table_remove(&past->names, &name->by_key);
    free(name);
}

static void free_name(struct table_link *item, void *arg)
{
    name_free(arg, container_of(item, struct past_name, by_key));
}

static void process_free(struct past_process *process)
{
    loop_remove(process->past->loop, &process->ended);
    list_remove(&process->link);
    free(process);
}

static void forget_things(struct past *past)
{
    if (past->objects.bucket)
        table_each(&past->objects, free_object, past);
    if (past->names.bucket)
        table_each(&past->names, free_name, past);
}

void past_finish(struct past *past)
{
    list_for_each (item, next, &past->processes)
        process_free(container_of(item, struct past_process, link));
    forget_things(past);
    table_finish(&past->objects);
    table_finish(&past->numbers);
    table_finish(&past->names);
}

static struct past_object *find_object(const struct past *past, const unsigned char id[16])
{
    struct table_link *item = NULL;
    uint64_t hash = table_hash(&past->objects, id, 16);
    while ((item = table_find(&past->objects, hash, item))) {
        struct past_object *object = container_of(item, struct past_object, by_id);
        if (memcmp(object->id, id, 16) == 0)
            return object;
    }
    return NULL;
}

static struct past_name *find_name(const struct past *past, const char *key,
                                   const unsigned char *id)
{
    struct table_link *item = NULL;
    uint64_t hash = table_hash(&past->names, key, strlen(key));
    while ((item = table_find(&past->names, hash, item))) {
        struct past_name *name = container_of(item, struct past_name, by_key);
        if (strcmp(name->key, key) == 0 && (!id || memcmp(name->id, id, 16) == 0))
            return name;
    }
    return NULL;
}

static struct past_process *find_process(const struct past *past, pid_t pid, uint64_t start)
{
    for (struct list *at = past->processes.next; at != &past->processes; at = at->next) {
        struct past_process *process = container_of(at, struct past_process, link);
        if (process->pid == pid && process->start == start)
            return process;
    }
    return NULL;
}

uint32_t past_number(const struct past *past, const unsigned char id[16])
{
    const struct past_object *object = find_object(past, id);
    return object ? object->number : 0;
}

bool past_has_number(const struct past *past, uint32_t number)
{
    uint64_t hash = table_hash(&past->numbers, &number, sizeof(number));
    return table_find(&past->numbers, hash, NULL) != NULL;
}

const struct past_name *past_name(const struct past *past, const char *key, pid_t *holder)
{
    const struct past_name *name = find_name(past, key, NULL);
    if (!name || list_empty(&name->holders))
        return NULL;
    *holder = container_of(name->holders.next, struct past_holder, link)->pid;
    return name;
}

static void drop_holder(struct past_name *name, pid_t pid, uint64_t start)
{
    list_for_each (item, next, &name->holders) {
        struct past_holder *holder = container_of(item, struct past_holder, link);
        if (holder->pid == pid && holder->start == start) {
            list_remove(&holder->link);
            free(holder);
        }
    }
}

static void record_process(struct past *past, const struct wire_message *record)
{
    if (find_process(past, (pid_t)record->pid, record->value))
        return;
    struct past_process *process = calloc(1, sizeof(*process));
    if (!process)
        return;
    process->past = past;
    process->pid = (pid_t)record->pid;
    process->start = record->value;
    process->ended.fd = -1;
    list_append(&past->processes, &process->link);
}

static void record_object(struct past *past, const struct wire_message *record)
{
    struct past_object *object = find_object(past, record->id);
    if (object)
        free_object(&object->by_id, past);
    object = calloc(1, sizeof(*object));
    if (!object)
        return;
    memcpy(object->id, record->id, sizeof(object->id));
    object->number = record->number;
    table_add(&past->objects, &object->by_id, table_hash(&past->objects, object->id, 16));
    table_add(&past->numbers, &object->by_number,
              table_hash(&past->numbers, &object->number, sizeof(object->number)));
}

static void record_name(struct past *past, const struct wire_message *record)
{
    size_t folded = strlen(record->key) + 1, exact = strlen(record->words) + 1;
    if (find_name(past, record->key, record->id))
        return; /* registered again after an earlier death */
    struct past_name *name = calloc(1, sizeof(*name) + folded + exact);
    if (!name)
        return;
    list_init(&name->holders);
    memcpy(name->id, record->id, sizeof(name->id));
    memcpy(name->key, record->key, folded);
    name->exact = memcpy(name->key + folded, record->words, exact);
    name->access = record->access;
    name->exact_case = record->flags & WIRE_EXACT_CASE;
    table_add(&past->names, &name->by_key, table_hash(&past->names, name->key, folded - 1));
}

static void record_hold(struct past *past, const struct wire_message *record)
{
    struct past_name *name = find_name(past, record->key, record->id);
    if (name) /* it holds the name once, also if it registered again */
        drop_holder(name, (pid_t)record->pid, record->value);
    struct past_holder *holder = name ? calloc(1, sizeof(*holder)) : NULL;
    if (!holder)
        return;
    holder->pid = (pid_t)record->pid;
    holder->start = record->value;
    list_append(&name->holders, &holder->link);
}

static void record_gone(struct past *past, pid_t pid, uint64_t start)
{
    struct past_process *process = find_process(past, pid, start);
    if (process)
        process_free(process);
}

void past_record(const struct wire_message *record, void *arg)
{
    struct past *past = arg;
    struct past_object *object = NULL;
    struct past_name *name = NULL;
    switch (record->type) {
    case WIRE_J_CLIENT: record_process(past, record); break;
    case WIRE_J_GONE: record_gone(past, (pid_t)record->pid, record->value); break;
    case WIRE_J_OBJECT: record_object(past, record); break;
    case WIRE_J_ENDED:
        object = find_object(past, record->id);
        if (object)
            free_object(&object->by_id, past);
        break;
    case WIRE_J_NAME: record_name(past, record); break;
    case WIRE_J_UNNAME:
        name = find_name(past, record->key, record->id);
        if (name)
            name_free(past, name);
        break;
    case WIRE_J_HOLD: record_hold(past, record); break;
    case WIRE_J_DROP:
        name = find_name(past, record->key, record->id);
        if (name)
            drop_holder(name, (pid_t)record->pid, record->value);
        break;
    default: break;
    }
}

/* Holders that are awaited no more hold nothing. */
static void prune_name(struct table_link *item, void *arg)
{
    struct past *past = arg;
    struct past_name *name = container_of(item, struct past_name, by_key);
    list_for_each (at, next, &name->holders) {
        struct past_holder *holder = container_of(at, struct past_holder, link);
        if (!find_process(past, holder->pid, holder->start)) {
            list_remove(at);
            free(holder);
        }
    }
    if (list_empty(&name->holders))
        name_free(past, name);
}

static void prune(struct past *past)
{
    past->changed = true;
    if (list_empty(&past->processes))
        forget_things(past);
    else
        table_each(&past->names, prune_name, past);
}

static void on_ended(struct source *source)
{
    struct past_process *process = container_of(source, struct past_process, ended);
    struct past *past = process->past;
    process_free(process);
    prune(past);
}

void past_begin(struct past *past)
{
    list_for_each (item, next, &past->processes) {
        struct past_process *process = container_of(item, struct past_process, link);
        bool alive = proc_start(process->pid, NULL) == process->start;
        int fd = alive ? (int)syscall(SYS_pidfd_open, process->pid, 0) : -1;
        process->ended.ready = on_ended;
        if (fd < 0 || !loop_add(past->loop, &process->ended, fd, true))
            process_free(process);
    }
    past->deadline = deadline_after_ms(PAST_WAIT_MS);
    past->latest = deadline_after_ms(PAST_LATEST_MS);
    prune(past);
}

static void write_object(struct table_link *item, void *arg)
{
    const struct past_object *object = container_of(item, struct past_object, by_id);
    journal_object(arg, object->id, object->number);
}

static void write_name(struct table_link *item, void *arg)
{
    const struct past_name *name = container_of(item, struct past_name, by_key);
    journal_name(arg, name->id, name->key, name->exact, name->access, name->exact_case);
    for (struct list *at = name->holders.next; at != &name->holders; at = at->next) {
        const struct past_holder *holder = container_of(at, struct past_holder, link);
        journal_hold(arg, WIRE_J_HOLD, name->id, name->key, holder->pid, holder->start);
    }
}

void past_write(struct past *past, struct journal *journal)
{
    for (struct list *at = past->processes.next; at != &past->processes; at = at->next) {
        const struct past_process *process = container_of(at, struct past_process, link);
        journal_process(journal, WIRE_J_CLIENT, process->pid, process->start);
    }
    table_each(&past->objects, write_object, journal);
    table_each(&past->names, write_name, journal);
}

static bool somebody_can_answer(const struct past *past)
{
    for (const struct list *at = past->processes.next; at != &past->processes; at = at->next) {
        const struct past_process *process = container_of(at, const struct past_process, link);
        if (proc_can_answer(process->pid, process->start))
            return true;
    }
    return false;
}

bool past_may_wait(const struct past *past)
{
    int64_t now = clock_now_ns();
    return !list_empty(&past->processes) &&
           (now < past->deadline || (now < past->latest && somebody_can_answer(past)));
}

struct visit {
    pid_t pid;
    uint64_t start;
    void (*fn)(const struct past_name *name, void *arg);
    void *arg;
};

static void visit_name(struct table_link *item, void *arg)
{
    const struct past_name *name = container_of(item, struct past_name, by_key);
    const struct visit *visit = arg;
    for (struct list *at = name->holders.next; at != &name->holders; at = at->next) {
        const struct past_holder *holder = container_of(at, struct past_holder, link);
        if (holder->pid == visit->pid && holder->start == visit->start)
            visit->fn(name, visit->arg);
    }
}

void past_each_name(struct past *past, pid_t pid, uint64_t start,
                    void (*fn)(const struct past_name *name, void *arg), void *arg)
{
    struct visit visit = {pid, start, fn, arg};
    table_each(&past->names, visit_name, &visit);
}

bool past_awaits(const struct past *past, pid_t pid, uint64_t start)
{
    return find_process(past, pid, start) != NULL;
}

void past_returned(struct past *past, pid_t pid, uint64_t start)
{
    struct past_process *process = find_process(past, pid, start);
    if (!process)
        return;
    process_free(process);
    prune(past);
}
